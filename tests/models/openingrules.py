"""Attacks on requests to open, each beside the lawful statement nearest to it."""

from tests.models.rule import Rule
from tests.models.statements import change, grant

OPENING_RULES = {
    "a request keeps its asker": Rule(
        change("opening_requests", "requested_by", "'analyst'", "asked"), grant(by="lead"), "stays as asked"
    ),
    "a granted mode does not widen": Rule(
        change("opening_requests", "mode", "'export'", "granted"),
        change("opening_requests", "used_at", "'2030-01-08'", "granted"),
        "stays as asked",
    ),
    "a grant is given once": Rule(grant(by="deputy", request="granted"), grant(by="lead"), "as they were given"),
    "a grant is whole": Rule(
        change("opening_requests", "granted_by", "'lead'", "asked"), grant(by="lead"), "grant_is_whole"
    ),
    "no use without a grant": Rule(
        change("opening_requests", "used_at", "'2030-01-08'", "asked"),
        change("opening_requests", "used_at", "'2030-01-08'", "granted"),
        "used_only_when_granted",
    ),
    "no use of a grant taken back": Rule(
        "UPDATE opening_requests SET refused_by = 'lead', used_at = '2030-01-08' WHERE id = 'granted'",
        change("opening_requests", "refused_by", "'lead'", "granted"),
        "taken back is not used",
    ),
}
