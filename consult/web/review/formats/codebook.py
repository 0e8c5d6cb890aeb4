"""The codebook: what every variable and code of a release means, in every language, and which standard view it fits.

Categories are harmonised: the same codes mean the same in every consultation, so that releases can be laid side by
side, never added up. Age groups name their place in the three standard views (A: ICO Children's Code, B: UN five-year
groups, C: WHO adolescents).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from consult.inclusion.dimensions import NO, NOT_CHOSEN, YES
from consult.inclusion.gathered import OTHERS, original_name
from consult.questionnaire.bands import VIEWS
from consult.questionnaire.profile import NOT_ASKED, PREFER_NOT, SKIPPED
from consult.services.report.reportviews import ReleaseWords
from consult.services.tables.tabulating import AGE, LANGUAGE

__all__ = ["variables", "written"]

_VERSION = 1
#: The source of our own codes is English; a translation stands in the report itself.
_OWN = {
    SKIPPED: "Was asked and gave no answer",
    NOT_ASKED: "Was not asked (another age, or after another answer)",
    PREFER_NOT: "Chose not to say",
    YES: "Chose this",
    NO: "Did not choose this",
    NOT_CHOSEN: "Did not choose this, or gave no answer",
    OTHERS: "Everybody who is in none of the groups beside it",
}


def written(words: ReleaseWords) -> bytes:
    """The codebook as JSON (UTF-8)."""
    book = {
        "version": _VERSION,
        "release": words.release["id"],
        "series": words.release["series"],
        "respondent_class": words.release["population"]["respondent_class"],
        "k": words.release["k"],
        "read_with": words.chose,
        "withheld": "A count of null stands for a number that is not shown: it is small, or it protects a small one.",
        "languages": list(words.languages),
        "variables": list(variables(words)),
    }
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode()


def variables(words: ReleaseWords) -> Iterator[dict[str, Any]]:
    """Each dimension of the release with its categories."""
    for dimension in words.release["dimensions"]:
        name = dimension["name"]
        original = original_name(name)
        asked = words.form["dimensions"].get(original) or words.form["questions"].get(original.partition(".")[0]) or {}
        option = original.partition(".")[2]
        yield {
            "name": name,
            "words": dict(asked.get("text", {})),
            "option": dict(asked.get("labels", {}).get(option, {})) if option else {},
            "sensitive": bool(dimension.get("sensitive")),
            "categories": [_category(original, code, asked) for code in dimension["categories"]],
        }


def _category(name: str, code: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    groups: Mapping[str, list[str]] = asked.get("groups", {})
    found: dict[str, Any] = {
        "code": code,
        "words": dict(asked.get("labels", {}).get(code, {})) or {"en": _OWN.get(code, code)},
        "made_of": list(groups.get(code, ())),
        "group": next((label for label, parts in groups.items() if code in parts), ""),
    }
    if name == AGE and code != OTHERS:
        found["words"] = {"en": code.replace("_", " to ").replace("25p", "25 and over")}
        found["views"] = {view: group for view, table in VIEWS.items() if (group := _view(table, code))}
    if name == LANGUAGE and code != OTHERS:
        found["standard"] = "BCP 47"
    return found


def _view(table: Mapping[str, tuple[str, ...]], code: str) -> str:
    """The group of a standard view that holds an age band, or that it is."""
    return code if code in table else next((group for group, bands in table.items() if code in bands), "")
