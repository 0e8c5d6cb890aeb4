"""The page about the database says what the database is."""

from tools.describe_tables import PAGE, describe


def test_the_page_about_the_database_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == describe(), "run tools/describe_tables.py"
