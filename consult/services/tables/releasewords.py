"""Every word that the tables of a release refer to, in each language, as it was shown: frozen with the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consult.questionnaire.form import Form
from consult.questionnaire.profile import Dimension
from consult.questionnaire.question import Kind, Question
from consult.services.tables.tabulating import band_name, number_bands

__all__ = ["wording_of"]


def wording_of(form: Form) -> dict[str, Any]:
    """Every word that the tables refer to, in each language, as it was shown."""
    return {
        "version": form.version,
        "digest": form.digest(),
        "questions": {question.id: _question(question) for question in form.questions},
        "dimensions": {dimension.key: _dimension(dimension) for dimension in form.profile},
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "kind": question.kind.value,
        "text": dict(question.text),
        "labels": {option.id: dict(option.text) for option in question.options} or _band_labels(question),
        "groups": {},
        **({"only_if": [question.only_if.question, list(question.only_if.options)]} if question.only_if else {}),
    }


def _band_labels(question: Question) -> dict[str, dict[str, str]]:
    """Bands of a number question need no translation; own words have no labels."""
    if question.kind is not Kind.NUMBER:
        return {}
    words = {
        band_name(band): str(band[0]) if band[0] == band[1] else "–".join(map(str, band))
        for band in number_bands(question)
    }
    return {name: dict.fromkeys(question.text, text) for name, text in words.items()}


def _dimension(dimension: Dimension) -> dict[str, Any]:
    labels: dict[str, Mapping[str, str]] = {category.id: dict(category.text) for category in dimension.categories}
    return {
        "text": dict(dimension.text),
        "labels": labels,
        "groups": {label: list(members) for label, members in dimension.groups.items()},
        "sensitive": dimension.sensitive,
    }
