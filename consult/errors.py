"""What a service says when it will not do what was asked: five refusals, each with a sentence for the person.

A route turns them into pages (404, 403, 409, 422), a command into one line and exit code 2. The message is plain
English and a translation key at once; it names nothing that its reader may not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safeguards.results import Evaluation


def sentence(text: str) -> str:
    """Mark a default for the translators (`make catalogues`); it is translated where it is shown.

    For what services and pages say without values in it; all else, and what is handed to the rules, is
    `safeguards.said.said`, which knows nothing of this package.
    """
    return text


class ConsultError(Exception):
    """Common parent, so that the outermost edge can tell a refusal from a fault."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Denied(ConsultError):
    """Known person, not allowed: says who may."""

    def __init__(
        self, message: str = sentence("You may not do this. Ask the person who runs the consultation.")
    ) -> None:
        super().__init__(message)


class NotFound(ConsultError):
    """Not there, or not within the person's scope: the two look alike on purpose."""

    def __init__(
        self, message: str = sentence("There is nothing here. Check the address, or ask for a new one.")
    ) -> None:
        super().__init__(message)


class Conflict(ConsultError):
    """Somebody else was faster, or the thing has moved on: look at it again, then decide."""

    def __init__(
        self, message: str = sentence("This was changed in the meantime. Load it again, then repeat your change.")
    ) -> None:
        super().__init__(message)


class Refused(ConsultError):
    """The gate does not allow it; `evaluation` says which requirement, why, and the mend."""

    def __init__(
        self, evaluation: Evaluation, message: str = sentence("The safeguards for this are not in place yet.")
    ) -> None:
        super().__init__(message)
        self.evaluation = evaluation


class Invalid(ConsultError):
    """What was entered does not fit: `problems` maps the field's name to sentences, "" standing for the whole."""

    def __init__(
        self, problems: Mapping[str, Sequence[str]], message: str = sentence("Some of what you entered needs a change.")
    ) -> None:
        super().__init__(message)
        self.problems = {field: tuple(sentences) for field, sentences in problems.items()}
