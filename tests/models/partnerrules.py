"""Rules of partners: nothing else here while it lasts, and what was proposed and answered stays."""

from tests.models.rule import Rule
from tests.models.statements import change

ENDED = "ended_by = 'author', ended_at = '2030-01-08 09:00:00.000000'"
ANSWER = "decided_by = 'lead', decided_at = '2030-01-08 09:00:00.000000'"


def appoint(who: str) -> str:
    """Give somebody a role in a consultation."""
    return (
        f"INSERT INTO appointments (id, person_id, role, consultation_id) VALUES ('new', '{who}', 'MOD', 'elsewhere')"
    )


def put_on_duty(who: str) -> str:
    """Name somebody who works on a strand."""
    return (
        f"INSERT INTO strand_staff (strand_id, person_id, role, languages) VALUES ('survivors', '{who}', 'MOD', '[]')"
    )


def hold(who: str) -> str:
    """Name somebody who will hold a half."""
    return f"INSERT INTO strand_holders (strand_id, person_id, role) VALUES ('survivors', '{who}', 'lead')"


def invite(who: str, by: str = "author") -> str:
    """Make somebody a partner of another consultation."""
    return (
        "INSERT INTO partners (id, consultation_id, person_id, organisation, kind, invited_by, invited_at) VALUES"
        f" ('new', 'elsewhere', '{who}', 'Street Voices', 'child_led', '{by}', '2030-01-07 09:00:00.000000')"
    )


def propose(partner: str = "partner", words: str = "Who?", kind: str = "change", place: str = "texts.T-WHY") -> str:
    """Propose other words."""
    return (
        "INSERT INTO proposals (id, partner_id, strand_id, kind, place, language, before, words, why, made_at, erased)"
        f" VALUES ('new', '{partner}', 'survivors', '{kind}', '{place}', 'en', 'Where?', '{words}', '',"
        " '2030-01-07 09:00:00.000000', false)"
    )


def answer(outcome: str, reason: str = "'Clearer'", now_reads: str = "NULL", by: str = ANSWER) -> str:
    """Answer the proposal that waits."""
    return (
        f"UPDATE proposals SET outcome = '{outcome}', reason = {reason}, now_reads = {now_reads}, {by}"
        " WHERE id = 'proposed'"
    )


PARTNER_RULES = {
    "a partner gets no role": Rule(appoint("partner"), appoint("former"), "nothing else here"),
    "a partner works on no strand": Rule(put_on_duty("partner"), put_on_duty("former"), "nothing else here"),
    "a partner holds no half": Rule(hold("keyed"), hold("lead"), "nothing else here"),
    "who works here is no partner": Rule(invite("lead"), invite("nobody"), "nothing else here"),
    "nobody invites oneself": Rule(invite("nobody", by="nobody"), invite("nobody"), "invited_by_another"),
    "a partnership stays what it was": Rule(
        change("partners", "kind", "'other'", "partner"),
        change("partners", "shown_as", "'Voices'", "partner"),
        "stays what it was",
    ),
    "a partnership ends once": Rule(
        change("partners", "ended_at", "'2030-02-01 09:00:00.000000'", "former"),
        f"UPDATE partners SET {ENDED} WHERE id = 'partner'",
        "ends once",
    ),
    "a partnership ends whole": Rule(
        change("partners", "ended_by", "'author'", "partner"),
        f"UPDATE partners SET {ENDED} WHERE id = 'partner'",
        "end_is_whole",
    ),
    "a partnership is not removed": Rule(
        "DELETE FROM partners WHERE id = 'former'", change("partners", "shown_as", "NULL", "former"), "not removed"
    ),
    "one partnership stands at a time": Rule(invite("foreign"), invite("former"), "unique"),
    "only a partner of it proposes": Rule(propose("foreign"), propose(), "only a partner of the consultation"),
    "who was a partner proposes no more": Rule(propose("former"), propose(), "only a partner of the consultation"),
    "a proposal says something": Rule(propose(words=""), propose(), "words_are_given"),
    "a proposal is about a text": Rule(propose(place=""), propose(), "place_is_given"),
    "a proposal is of a known kind": Rule(propose(kind="shout"), propose(kind="comment"), "kind_is_known"),
    "what was proposed stays": Rule(
        change("proposals", "words", "'What?'", "proposed"),
        "UPDATE proposals SET words = '', why = '', erased = true WHERE id = 'answered'",
        "proposed and answered stays",
    ),
    "words are not taken out unseen": Rule(
        change("proposals", "words", "''", "answered"),
        "UPDATE proposals SET words = '', erased = true WHERE id = 'answered'",
        "words_are_given",
    ),
    "what was answered stays": Rule(
        change("proposals", "outcome", "'in_part'", "answered"),
        answer("in_part", now_reads="'Whom?'"),
        "proposed and answered stays",
    ),
    "an answer has a reason": Rule(answer("not_taken", reason="NULL"), answer("not_taken"), "answer_is_whole"),
    "a reason has words": Rule(answer("not_taken", reason="''"), answer("not_taken"), "reason_is_given"),
    "an answer is a known one": Rule(answer("perhaps"), answer("not_taken"), "outcome_is_known"),
    "what is not taken changes nothing": Rule(
        answer("not_taken", now_reads="'Who?'"), answer("taken", now_reads="'Who?'"), "only_what_is_taken_changes"
    ),
    "a proposal is not removed": Rule(
        "DELETE FROM proposals WHERE id = 'proposed'", answer("not_taken"), "proposed and answered stays"
    ),
}
