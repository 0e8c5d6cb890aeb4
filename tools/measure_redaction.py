"""Measures what the redactor suggests on the invented sentences of tests/redaction: a table in Markdown.

The table of docs/explanation/own-words.md is its output: ``python -m tools.measure_redaction``.
"""

from tests.redaction.marked import LANGUAGES, SETS, Score, score, sentences


def main() -> None:
    """Print the table of docs/explanation/own-words.md."""
    print("| set | language | details | found whole | found in part | suggestions | right | clean sentences | marked |")
    print("|---|---|---|---|---|---|---|---|---|")
    for which in SETS:
        total = Score()
        for language in LANGUAGES:
            one = score(sentences(which, language), language)
            total += one
            _row(which, language, one)
        _row(which, "**all**", total)


def _row(which: str, language: str, one: Score) -> None:
    part = one.touched - one.found
    counts = (one.details, one.found, part, one.suggested, one.right, one.clean, one.disturbed)
    print(f"| {which} | {language} | " + " | ".join(str(count) for count in counts) + " |")


if __name__ == "__main__":
    main()
