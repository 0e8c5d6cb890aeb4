"""Attacks on what was found, told and set apart, each beside the lawful statement nearest to it."""

from tests.models.rule import Rule

_DECIDED = "lead_id = 'lead', lead_says = '{}', approver_id = 'approver', approver_says = '{}'"
_ENDED = "outcome = '{}', ended_at = '2030-01-08 09:00:00.000000'"


def keep(opening: str) -> str:
    """Insert a text that was kept from a reading."""
    return (
        "INSERT INTO kept_texts (id, strand_id, opening_id, question_id, language, kind, text, kept_by, kept_on)"
        f" VALUES ('new', 'closed', '{opening}', 'Q1', 'en', 'paraphrase', 'Answer sooner', 'reviewer', '2030-01-08')"
    )


def count_themes(opening: str) -> str:
    """Insert a count of themes."""
    return (
        "INSERT INTO theme_releases (id, consultation_id, strand_id, respondent_class, question_id, content, digest,"
        " themes, opening_id, made_by, made_at) VALUES ('new', 'consultation', 'closed', 'child', 'Q2', '[]', 'd',"
        f" '{{}}', '{opening}', 'reviewer', '2030-01-08 09:00:00.000000')"
    )


def judge(outcome: str, lead: str, approver: str, which: str = "undecided") -> str:
    """End a quarantine with what the two said."""
    return f"UPDATE quarantines SET {_DECIDED.format(lead, approver)}, {_ENDED.format(outcome)} WHERE id = '{which}'"


def idea(change: str, which: str) -> str:
    """Change a main idea of a consultation whose notes are out (`told`), or of one whose are not."""
    return f"UPDATE main_ideas SET {change} WHERE id = '{which}'"


def note(change: str, which: str) -> str:
    """Change a note: two of one consultation are out, the one of another waits."""
    return f"UPDATE feedback_notes SET {change} WHERE {which}"


_PUBLISHED = "published_by = '{}', digest = 'd', published_on = '2030-01-08'"
_TAKEN_BACK = "published_by = NULL, digest = NULL, changed_on = '2030-01-08'"
_IDEA = (
    "INSERT INTO main_ideas (id, consultation_id, source, words, made_by, made_at, version) SELECT 'new',"
    " consultation_id, source, words, made_by, made_at, 1 FROM main_ideas WHERE id = '{}'"
)
_ANSWERED = "answer = 'yes', reason = '{\"en\": \"x\"}', answered_by = 'lead', answered_on = '2030-01-08'"

FINDINGS = {
    "a text is kept from a granted reading": Rule(keep("granted"), keep("read"), "kept from a granted reading"),
    "a kept text is never changed": Rule(
        "UPDATE kept_texts SET text = 'Other words' WHERE id = 'kept'",
        "UPDATE kept_texts SET confirmed_by = 'lead', confirmed_on = '2030-01-08' WHERE id = 'kept'",
        "confirmed or dropped, never changed",
    ),
    "nobody lets through what they kept": Rule(
        "UPDATE kept_texts SET confirmed_by = 'reviewer', confirmed_on = '2030-01-08' WHERE id = 'kept'",
        "UPDATE kept_texts SET confirmed_by = 'lead', confirmed_on = '2030-01-08' WHERE id = 'kept'",
        "two_people",
    ),
    "what was let through stays so": Rule(
        "UPDATE kept_texts SET confirmed_by = NULL, confirmed_on = NULL WHERE id = 'shown'",
        "DELETE FROM kept_texts WHERE id = 'shown'",
        "confirmed or dropped, never changed",
    ),
    "themes are counted in a granted reading": Rule(
        count_themes("granted"), count_themes("read"), "counted in a granted reading"
    ),
    "a count of themes is never changed": Rule(
        "UPDATE theme_releases SET content = '[1]'", count_themes("read"), "frozen"
    ),
    "a count of themes is never removed": Rule("DELETE FROM theme_releases", count_themes("read"), "frozen"),
    "what was told stays": Rule(
        "UPDATE feedback_notes SET words = '{}' WHERE stage = 'answers'",
        note(_TAKEN_BACK, "stage = 'answers'"),
        "stays as it was published",
    ),
    "what is taken back is not changed in the same breath": Rule(
        note(f"words = '{{}}', {_TAKEN_BACK}", "stage = 'answers'"),
        note(_TAKEN_BACK, "stage = 'answers'"),
        "stays as it was published",
    ),
    "words are not changed while they are published": Rule(
        note(f"words = '{{}}', {_PUBLISHED.format('lead')}", "published_by IS NULL"),
        note(_PUBLISHED.format("lead"), "published_by IS NULL"),
        "stays as it was published",
    ),
    "nobody publishes what they wrote": Rule(
        note(_PUBLISHED.format("author"), "published_by IS NULL"),
        note(_PUBLISHED.format("lead"), "published_by IS NULL"),
        "two_people",
    ),
    "nothing is published that nobody confirmed": Rule(
        note("published_by = 'lead', published_on = '2030-01-08'", "published_by IS NULL"),
        note(_PUBLISHED.format("lead"), "published_by IS NULL"),
        "confirmed_whole",
    ),
    "what was told is not unsaid": Rule(
        "DELETE FROM feedback_notes WHERE stage = 'answers'",
        "DELETE FROM feedback_notes WHERE published_by IS NULL",
        "stays as it was published",
    ),
    "no idea slips in beside those that were told": Rule(
        _IDEA.format("told"), _IDEA.format("untold"), "stays as it was published"
    ),
    "an idea that was told keeps its words": Rule(
        idea('words = \'{"en": "y"}\'', "told"), idea('words = \'{"en": "y"}\'', "untold"), "stays as it was"
    ),
    "an idea that was told keeps its source": Rule(
        idea("source = 'adults'", "told"), idea("source = 'adults'", "untold"), "stays as it was"
    ),
    "an idea that was told is not removed": Rule(
        "DELETE FROM main_ideas WHERE id = 'told'", "DELETE FROM main_ideas WHERE id = 'untold'", "stays as it was"
    ),
    "an answer that was told stays": Rule(idea(_ANSWERED, "told"), idea(_ANSWERED, "untold"), "stays as it was"),
    # answers in doubt
    "no answer to an epoch in doubt": Rule(
        "INSERT INTO responses (id, strand_id, epoch_id, sealed) VALUES (:new, 'doubted', :doubted, :new)",
        "INSERT INTO responses (id, strand_id, epoch_id, sealed) VALUES (:new, 'open', :open, :new)",
        "set apart",
    ),
    "nobody clears alone": Rule(judge("clear", "clear", "destroy"), judge("clear", "clear", "clear"), "cleared_by_two"),
    "one person is not both who clear": Rule(
        judge("clear", "clear", "clear").replace("'approver'", "'lead'"),
        judge("clear", "clear", "clear"),
        "quarantines_four_eyes",
    ),
    "a doubt is not put off": Rule(
        "UPDATE quarantines SET decide_by = '2040-01-01 09:00:00.000000' WHERE id = 'undecided'",
        judge("destroy", "destroy", "clear"),
        "stays on record",
    ),
    "what was decided about a doubt stays": Rule(
        judge("destroy", "destroy", "destroy", "decided"), judge("clear", "clear", "clear"), "stays on record"
    ),
    "a doubt is not removed": Rule("DELETE FROM quarantines", judge("clear", "clear", "clear"), "stays on record"),
    "an epoch in doubt is not let go": Rule(
        "DELETE FROM quarantined_epochs WHERE quarantine_id = 'undecided'",
        "DELETE FROM quarantined_epochs WHERE quarantine_id = 'decided'",
        "stays set apart",
    ),
}
