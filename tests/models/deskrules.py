"""Rules of the desks of evidence and of leads: substitutes, the program's checks, a lead's questions, allegations."""

from tests.models.rule import Rule
from tests.models.statements import accept, accuse, called, change, found_out, note_to, nothing_stands

DESK_RULES = {
    "nobody confirms the call that he noted": Rule(
        called("author", confirmed_by="author"), called("author", confirmed_by="lead"), "contact_tests_four_eyes"
    ),
    "a call that waits is confirmed by nobody": Rule(
        called("author", confirmed_by="lead", waits="true"), called("author", waits="true"), "confirmed_counts"
    ),
    "an equivalent counts with two yeses": Rule(
        accept("lead", None), accept("lead", "approver"), "equivalent_controls_accepted_by_two"
    ),
    "an equivalent ends whole": Rule(
        accept("lead", "approver", ended="lead"), accept("lead", "approver"), "equivalent_controls_end_is_whole"
    ),
    "what two accepted stays": Rule(
        change("equivalent_controls", "what", "'Nothing'", "substitute"),
        change("equivalent_controls", "done_at", "'2030-01-09'", "substitute"),
        "what two people accepted stays so",
    ),
    "only a check that passed is verified": Rule(
        found_out("false", "lead"), found_out("true", "lead"), "only_what_passed_is_verified"
    ),
    "what a check found stays": Rule(
        change("program_checks", "release", "'2'", "check"),
        "UPDATE program_checks SET verified_by = 'lead', verified_as = 'SL', verified_at = '2030-01-08'",
        "what a check found stays",
    ),
    "a check is never removed": Rule("DELETE FROM program_checks", found_out("true", None), "what a check found stays"),
    "a lead does not answer himself": Rule(note_to(answered_by="lead"), note_to(answered_by="author"), "answered_by"),
    "an allegation is ended by two": Rule(
        nothing_stands("lead", None), nothing_stands("lead", "approver"), "resolved_by_two"
    ),
    "an allegation is not ended twice by one": Rule(
        nothing_stands("lead", "lead"), nothing_stands("lead", "approver"), "incidents_four_eyes"
    ),
    "whom it is about says nothing as lead": Rule(
        nothing_stands("author", "approver"), nothing_stands("lead", "approver"), "lead_is_not_whom_it_is_about"
    ),
    "whom it is about says nothing as approver": Rule(
        nothing_stands("lead", "author"), nothing_stands("lead", "approver"), "approver_is_not_whom_it_is_about"
    ),
    "nobody logs one about themselves": Rule(
        accuse("author", by="author"), accuse("author", by="lead"), "not_opened_by_whom_it_is_about"
    ),
    "an allegation is never removed": Rule(
        "DELETE FROM incidents WHERE id = 'incident'", nothing_stands("lead", "approver"), "ended by two people"
    ),
    "whom an allegation is about stays": Rule(
        change("incidents", "subject", "'lead'", "incident"), nothing_stands("lead", "approver"), "as it was logged"
    ),
    "the end of an allegation stays": Rule(
        "UPDATE incidents SET resolved_at = NULL WHERE id = 'ended'",
        nothing_stands("lead", "approver"),
        "as two people said it",
    ),
    "a lead asks or returns": Rule(note_to("shout"), note_to("return"), "kind_is_known"),
    "nobody exchanges what others have heard": Rule(
        "UPDATE page_recordings SET digest = '2'",
        "UPDATE page_recordings SET heard_by = '[\"lead\"]'",
        "stays as it was brought",
    ),
    "what a lead asked stays": Rule(
        change("review_notes", "words", "'Nothing'", "note"),
        "UPDATE review_notes SET answer = 'Sami', answered_by = 'author', answered_at = '2030-01-08'",
        "what a lead said stays",
    ),
}
