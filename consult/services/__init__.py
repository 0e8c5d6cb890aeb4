"""Use cases: they take a session, who acts, values and the time; they never commit and know no Flask."""
