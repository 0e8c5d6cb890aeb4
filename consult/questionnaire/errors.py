"""The two ways in which a form or an answer can be wrong, each saying what and where."""

from collections.abc import Mapping
from enum import StrEnum

from safeguards.said import Said


class FormError(ValueError):
    """A form, or content for forms, that is not well made: `what` is wrong, and `where` (`questions[2].text.fr`)."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what

    @property
    def sentence(self) -> str:
        """What is wrong, as a page says it: in the reader's language what can happen to whoever writes the words."""
        return self.what if isinstance(self.what, Said) else f"{self.what[:1].upper()}{self.what[1:]}."


class Problem(StrEnum):
    """What can be wrong with an answer: the key under which the page finds its words. Parameters stand behind each."""

    UNKNOWN_OPTION = "unknown_option"
    ONE_ONLY = "one_only"
    TOO_MANY = "too_many"  # limit, given
    TOO_LONG = "too_long"  # limit, given (characters)
    TOO_LONG_TOGETHER = "too_long_together"  # limit, given (bytes, all own words of one person)
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"  # minimum, maximum
    REQUIRED = "required"
    NOT_ASKED = "not_asked"
    NOT_IN_LANGUAGE = "not_in_language"  # language
    MALFORMED = "malformed"


class AnswerError(ValueError):
    """An answer that cannot be taken as it is.

    `question` is the id of the question or the key of the dimension; `parameters` fill the words for `key`;
    `kept` is what the person typed, cleaned but whole, so that a page can show it again and nothing is lost.
    The message of the exception names no answer: it may reach a log.
    """

    def __init__(
        self, key: Problem, question: str, parameters: Mapping[str, int | str] | None = None, kept: str = ""
    ) -> None:
        super().__init__(f"{question}: {key}")
        self.key = key
        self.question = question
        self.parameters: Mapping[str, int | str] = dict(parameters or {})
        self.kept = kept
