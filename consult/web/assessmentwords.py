"""What the nine requirements, their indicators, scorers and scores are called, on the page and in the report."""

from __future__ import annotations

from collections.abc import Mapping

from consult.errors import sentence
from safeguards.assessment import Requirement, Scorer

__all__ = ["INDICATOR_WORDS", "REQUIREMENTS", "SCORERS", "SCORES"]

REQUIREMENTS: Mapping[Requirement, str] = {
    Requirement.TRANSPARENT: sentence("Transparent and informative"),
    Requirement.VOLUNTARY: sentence("Voluntary"),
    Requirement.RESPECTFUL: sentence("Respectful"),
    Requirement.RELEVANT: sentence("Relevant"),
    Requirement.CHILD_FRIENDLY: sentence("Child-friendly"),
    Requirement.INCLUSIVE: sentence("Inclusive"),
    Requirement.TRAINED: sentence("Supported by training"),
    Requirement.SAFE: sentence("Safe and sensitive to risk"),
    Requirement.ACCOUNTABLE: sentence("Accountable"),
}
INDICATOR_WORDS: Mapping[str, str] = {
    "1.1": sentence("Purpose, limits and who decides were said"),
    "1.2": sentence("The text passed a test with children in each language"),
    "1.3": sentence("Everybody's role was clear"),
    "2.1": sentence("Yes and no were equally easy"),
    "2.2": sentence("People skipped and stopped without losing anything"),
    "2.3": sentence("No guardian's yes ever counted over a child's no"),
    "3.1": sentence("Views were not changed to please"),
    "3.2": sentence("Time and culture were respected"),
    "3.3": sentence("People were thanked, and their costs paid"),
    "4.1": sentence("Children helped to choose the questions"),
    "4.2": sentence("The subject touches their lives"),
    "4.3": sentence("Nobody was asked what had been asked before"),
    "5.1": sentence("Methods, length and place fitted the ages"),
    "5.2": sentence("Adjustments that were asked for were made"),
    "5.3": sentence("Children rated how it was"),
    "6.1": sentence("Who was not heard is shown, group by group"),
    "6.2": sentence("Something was done about the largest gap"),
    "6.3": sentence("There was a way without the internet"),
    "7.1": sentence("The training requirements were verified"),
    "7.2": sentence("Interpreters were trained"),
    "7.3": sentence("Children were prepared too"),
    "8.1": sentence("The gate was kept"),
    "8.2": sentence("What lapsed was handled in time"),
    "8.3": sentence("Every request for help was answered in time"),
    "9.1": sentence("People heard back on time"),
    "9.2": sentence("What became of each idea can be followed"),
    "9.3": sentence("Complaints were answered"),
    "9.4": sentence("Children took part in the evaluation"),
}
SCORERS: Mapping[Scorer, str] = {
    Scorer.TEAM: sentence("The team"),
    Scorer.ADVISERS: sentence("The children's advisers"),
}
SCORES: Mapping[int, str] = {
    0: sentence("No"),
    1: sentence("Partly"),
    2: sentence("Mostly"),
    3: sentence("Fully"),
}
