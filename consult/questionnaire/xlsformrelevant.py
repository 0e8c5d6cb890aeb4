"""The column `relevant` of an XLSForm: after which answers a row is asked, as far as this program asks that way.

Source of the expressions: https://xlsform.org/en/#relevant. One earlier question, and some of its answers, is all that
is read: `${safe} = 'no'`, `selected(${safe}, 'no')`, several of them joined by `or`.
"""

import re
from collections.abc import Callable

from consult.questionnaire.question import OnlyIf

_NAME, _VALUE = r"\$\{\s*([^\s{}]+)\s*\}", r"(?:'([^'\"]*)'|\"([^'\"]*)\"|(\d+))"
_IS = re.compile(rf"\(*\s*{_NAME}\s*=\s*{_VALUE}\s*\)*")
_SELECTED = re.compile(rf"\(*\s*selected\(\s*{_NAME}\s*,\s*{_VALUE}\s*\)\s*\)*")
_OR = re.compile(r"\s+or\s+")


def read_relevant(written: str, id_of: Callable[[str], str]) -> OnlyIf | None:
    """After which answers a row is asked; None for an expression that says anything else.

    `id_of`: the id here of a name in the file.
    """
    found = [_IS.fullmatch(each) or _SELECTED.fullmatch(each) for each in _OR.split(written.strip())]
    told = [(each[1], each[2] or each[3] or each[4] or "") for each in found if each]
    names = {name for name, _ in told}
    if len(told) < len(found) or len(names) != 1:
        return None
    return OnlyIf(id_of(names.pop()), tuple(dict.fromkeys(option for _, option in told)))


def write_relevant(only_if: OnlyIf | None) -> str:
    """The same as an expression; "" for what everybody is asked."""
    if only_if is None:
        return ""
    return " or ".join(f"${{{only_if.question}}} = '{option}'" for option in only_if.options)
