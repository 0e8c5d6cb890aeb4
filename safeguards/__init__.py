"""The rules a safeguarding lead answers for: standard library only, no clock, no database."""
