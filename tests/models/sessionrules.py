"""Rules of live sessions: what was noted stays, and holds no more than a count."""

from tests.models.rule import Rule
from tests.models.statements import session_note

LIVE_SESSIONS = {
    "what was noted in a session stays": Rule(
        "UPDATE session_notes SET children = 3", "UPDATE live_sessions SET code = NULL", "noted in a session stays"
    ),
    "what was noted in a session is not removed": Rule(
        "DELETE FROM session_notes", "UPDATE live_sessions SET code = NULL", "noted in a session stays"
    ),
    "a session stays the meeting it is": Rule(
        "UPDATE live_sessions SET meeting = 'meeting-2'",
        "UPDATE live_sessions SET code = '87654321'",
        "stays the meeting it is",
    ),
    "what was added to a signed part stays": Rule(
        "UPDATE added_meetings SET meeting = 'meeting-3'",
        "DELETE FROM added_meetings",
        "stays as it was added",
    ),
    "a register is a count with ages": Rule(session_note("counted"), session_note("started"), "register_is_whole"),
    "somebody noted it": Rule(
        session_note("started", by="NULL"), session_note("wrong", by="NULL"), "somebody_noted_it"
    ),
    "only known things are noted": Rule(session_note("guessed"), session_note("paused"), "note_is_known"),
    "who checks in is somebody": Rule(session_note("checked_in"), session_note("went_on"), "about_a_person"),
}
