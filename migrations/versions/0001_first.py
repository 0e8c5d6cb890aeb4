"""The first schema: every table and its constraints, named by the convention of `consult.models.base`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.String()
BYTES = sa.LargeBinary()
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True)
ROLES = "OM TEC DPL TL SL IA LF COF MOD INT SUP RED ANA INC DEC ADM LEX EB SVC SW"
TABLES = """
response_shares responses releases strand_shares strand_salts opening_requests epochs strand_keys strand_staff
strand_services strand_holders strand_counts signatures fallback_debts equivalent_controls strands
appointments stops staff_sessions incidents evidence contact_tests consultations support_services people
audit_events
"""  # what hangs on another comes before it


def known(column: str, words: str) -> sa.CheckConstraint:
    """`column` holds one of `words`."""
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("verb", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("link", BYTES, nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=True, unique=True),
        sa.Column("identity", JSON, nullable=True),
        sa.Column("public_key", BYTES, nullable=True),
        sa.Column("key_seal", BYTES, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.CheckConstraint("(public_key IS NULL) OR (identity IS NOT NULL)", name="holder_has_identity"),
        sa.CheckConstraint("(identity IS NULL) OR (email IS NOT NULL)", name="sign_in_needs_email"),
    )
    op.create_table(
        "support_services",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False, unique=True),
        sa.Column("facts", JSON, nullable=False),
    )
    op.create_table(
        "consultations",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("cover_name", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("decision_maker", TEXT, nullable=False),
        sa.Column("feedback_due", sa.Date(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("author_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        known("state", "draft design_review running analysis feedback_due fed_back archived stopped"),
    )
    op.create_table(
        "contact_tests",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("service_id", TEXT, sa.ForeignKey("support_services.id"), nullable=False, index=True),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("tested_at", MOMENT, nullable=False),
        sa.Column("tested_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("jurisdiction", TEXT, nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("requirement", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("statement", TEXT, nullable=False),
        sa.Column("document_digest", TEXT, nullable=True),
        sa.Column("given_for", TEXT, nullable=True),
        sa.Column("finding", TEXT, nullable=True),
        sa.Column("outside_person", TEXT, nullable=True),
        sa.Column("attested_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("attested_as", TEXT, nullable=False),
        sa.Column("attested_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=True),
        sa.Column("expires", MOMENT, nullable=True),
        sa.Column("verified_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("verified_as", TEXT, nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("revoked_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_reason", TEXT, nullable=True),
        sa.Column("found_false", sa.Boolean(), nullable=False),
        known("attested_as", ROLES),
        sa.CheckConstraint("verified_by <> attested_by", name="four_eyes"),
        sa.CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL) AND (revoked_by IS NULL) = (revoked_reason IS NULL)",
            name="revocation_is_whole",
        ),
        known("scope", "organisation instance consultation strand session person jurisdiction language service child"),
        sa.CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL) AND (verified_by IS NULL) = (verified_as IS NULL)",
            name="verification_is_whole",
        ),
    )
    op.create_index("ix_evidence_subject", "evidence", ["scope", "subject", "requirement"])
    op.create_table(
        "incidents",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("linked", JSON, nullable=False),
        sa.Column("opened_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", BYTES, primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_table(
        "stops",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("pressed_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("pressed_at", MOMENT, nullable=False),
        sa.Column("lifted_by_lead", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("lifted_by_approver", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("lifted_by_lead <> lifted_by_approver", name="four_eyes"),
        sa.CheckConstraint(
            "(lifted_at IS NULL) OR (lifted_by_lead IS NOT NULL AND lifted_by_approver IS NOT NULL)",
            name="lifted_by_two",
        ),
        known("scope", "consultation platform jurisdiction"),
    )
    op.create_table(
        "appointments",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("consultation_id", TEXT, sa.ForeignKey("consultations.id"), nullable=True),
        known("role", ROLES),
        sa.UniqueConstraint("person_id", "role", "consultation_id"),
    )
    op.create_table(
        "strands",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("consultation_id", TEXT, sa.ForeignKey("consultations.id"), nullable=False, index=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("audience", TEXT, nullable=False),
        sa.Column("representatives", TEXT, nullable=True),
        sa.Column("respondent_class", TEXT, nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("form", JSON, nullable=False),
        sa.Column("author_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("state_reason", TEXT, nullable=True),
        sa.Column("finish_by", MOMENT, nullable=True),
        sa.Column("entry_code", TEXT, nullable=True, unique=True),
        sa.Column("stands_in_for_id", TEXT, sa.ForeignKey("strands.id"), nullable=True),
        sa.Column("decision_due", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        known("audience", "G S H A R"),
        sa.CheckConstraint(
            "(audience IN ('G','S','H') AND respondent_class = 'child')"
            " OR (audience = 'A' AND respondent_class = 'adult_survivor')"
            " OR (audience = 'R' AND representatives = 'RY' AND respondent_class = 'young_adult')"
            " OR (audience = 'R' AND representatives = 'RO' AND respondent_class = 'representative')"
            " OR (audience = 'R' AND representatives = 'RP' AND respondent_class = 'professional')"
            " OR (audience = 'R' AND representatives = 'RC' AND respondent_class = 'caregiver')",
            name="class_follows_audience",
        ),
        known("mode", "OI OG PG PI RM"),
        sa.CheckConstraint("stands_in_for_id IS NULL OR audience IN ('A', 'R')", name="only_adults_stand_in"),
        sa.CheckConstraint(
            "representatives IS NULL OR representatives IN ('RY', 'RO', 'RP', 'RC', 'A', 'E')",
            name="representatives_is_known",
        ),
        sa.CheckConstraint("(audience = 'R') = (representatives IS NOT NULL)", name="representatives_only_for_R"),
        known(
            "respondent_class",
            "child young_adult adult_survivor representative caregiver professional secondary_evidence",
        ),
        known(
            "state",
            "draft gate_pending decided open suspended closed opened released destroyed refused fallen_back stopped",
        ),
        sa.UniqueConstraint("id", "author_id", "audience"),
        sa.UniqueConstraint("id", "consultation_id", "respondent_class"),
    )
    op.create_table(
        "equivalent_controls",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), nullable=False),
        sa.Column("requirement", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("lead_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("approver_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("owner_id", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("due", MOMENT, nullable=True),
        sa.CheckConstraint("lead_id <> approver_id", name="four_eyes"),
    )
    op.create_table(
        "fallback_debts",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("stand_in_id", TEXT, sa.ForeignKey("strands.id"), nullable=True),
        sa.Column("public_reason", TEXT, nullable=False),
        sa.Column("ask_children_by", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
    )
    op.create_table(
        "signatures",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("strand_id", TEXT, nullable=False),
        sa.Column("author_id", TEXT, nullable=False),
        sa.Column("audience", TEXT, nullable=False),
        sa.Column("plan_digest", TEXT, nullable=False),
        sa.Column("decision", TEXT, nullable=False),
        sa.Column("row", TEXT, nullable=False),
        sa.Column("evaluation", JSON, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.Column("signed_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.Column("second_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        known("decision", "REFUSE FALLBACK INCOMPLETE GO_WITH_CONDITIONS GO"),
        sa.CheckConstraint(
            "decision NOT IN ('GO', 'GO_WITH_CONDITIONS') OR valid_until IS NOT NULL", name="opening_has_an_end"
        ),
        sa.CheckConstraint("second_by <> author_id AND second_by <> signed_by", name="second_is_another_person"),
        sa.CheckConstraint("signed_by <> author_id", name="signer_is_not_author"),
        sa.CheckConstraint(
            "audience NOT IN ('S', 'H') OR decision NOT IN ('GO', 'GO_WITH_CONDITIONS') OR second_by IS NOT NULL",
            name="survivors_need_two_signatures",
        ),
        sa.ForeignKeyConstraint(
            ["strand_id", "author_id", "audience"], ["strands.id", "strands.author_id", "strands.audience"]
        ),
        sa.UniqueConstraint("id", "strand_id", "decision"),
    )
    op.create_table(
        "strand_counts",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("what", TEXT, primary_key=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name="n_not_negative"),
        known("what", "came assented stopped withdrew"),
    )
    op.create_table(
        "strand_holders",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("role", TEXT, nullable=False),
        known("role", "lead reviewer"),
        sa.UniqueConstraint("strand_id", "person_id", "role"),
    )
    op.create_table(
        "strand_services",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("service_id", TEXT, sa.ForeignKey("support_services.id"), primary_key=True),
    )
    op.create_table(
        "strand_staff",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("role", TEXT, primary_key=True),
        sa.Column("languages", JSON, nullable=False),
        known("role", ROLES),
    )
    op.create_table(
        "strand_keys",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("signature_id", TEXT, nullable=False),
        sa.Column("decision", TEXT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("wrapped_private", BYTES, nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        sa.CheckConstraint("decision IN ('GO', 'GO_WITH_CONDITIONS')", name="signed_to_open"),
        sa.ForeignKeyConstraint(
            ["signature_id", "strand_id", "decision"], ["signatures.id", "signatures.strand_id", "signatures.decision"]
        ),
    )
    op.create_table(
        "epochs",
        sa.Column("id", BYTES, primary_key=True),
        sa.Column("strand_id", TEXT, sa.ForeignKey("strand_keys.strand_id"), nullable=False, index=True),
        sa.Column("sealed_key", BYTES, nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        sa.UniqueConstraint("id", "strand_id"),
    )
    op.create_table(
        "opening_requests",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("strand_id", TEXT, sa.ForeignKey("strand_keys.strand_id"), nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("wrapped_private", BYTES, nullable=True),
        sa.Column("granted_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("granted_at", MOMENT, nullable=True),
        sa.Column("sealed_half", BYTES, nullable=True),
        sa.Column("refused_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(granted_by IS NULL) = (sealed_half IS NULL) AND (granted_by IS NULL) = (granted_at IS NULL)",
            name="grant_is_whole",
        ),
        known("mode", "tables read export"),
        sa.CheckConstraint("granted_by <> requested_by", name="two_people"),
        sa.CheckConstraint(
            "used_at IS NULL OR (granted_by IS NOT NULL AND refused_by IS NULL)", name="used_only_when_granted"
        ),
        sa.UniqueConstraint("id", "strand_id"),
    )
    op.create_table(
        "strand_salts",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strand_keys.strand_id"), primary_key=True),
        sa.Column("salt", BYTES, nullable=False),
    )
    op.create_table(
        "strand_shares",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strand_keys.strand_id"), primary_key=True),
        sa.Column("person_id", TEXT, primary_key=True),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.Column("check", BYTES, nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        known("role", "lead reviewer"),
        sa.ForeignKeyConstraint(
            ["strand_id", "person_id", "role"],
            ["strand_holders.strand_id", "strand_holders.person_id", "strand_holders.role"],
        ),
    )
    op.create_table(
        "releases",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("consultation_id", TEXT, nullable=False, index=True),
        sa.Column("strand_id", TEXT, nullable=False, index=True),
        sa.Column("series", TEXT, nullable=False),
        sa.Column("respondent_class", TEXT, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("setting", JSON, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("opening_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["opening_id", "strand_id"], ["opening_requests.id", "opening_requests.strand_id"]),
        sa.ForeignKeyConstraint(
            ["strand_id", "consultation_id", "respondent_class"],
            ["strands.id", "strands.consultation_id", "strands.respondent_class"],
        ),
    )
    op.create_table(
        "responses",
        sa.Column("id", BYTES, primary_key=True),
        sa.Column("strand_id", TEXT, nullable=False, index=True),
        sa.Column("epoch_id", BYTES, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["epoch_id", "strand_id"], ["epochs.id", "epochs.strand_id"]),
    )
    op.create_table(
        "response_shares",
        sa.Column("response_id", BYTES, sa.ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("share", BYTES, nullable=False),
    )


def downgrade() -> None:
    for table in TABLES.split():
        op.drop_table(table)
