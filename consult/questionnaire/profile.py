"""Who took part, in coarse categories: the dimensions, and how what a person chose becomes one category each.

Every dimension is optional for the person, asked last, and has "prefer not to say". `skipped` and `not_asked` are
ordinary categories, so that every population adds up. Whether somebody was harmed is never a dimension.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consult.questionnaire import strict
from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.errors import AnswerError, FormError, Problem
from consult.questionnaire.strict import Texts

PREFER_NOT = "prefer_not"
SKIPPED = "skipped"
NOT_ASKED = "not_asked"
ASIDE = (SKIPPED, NOT_ASKED)

# Age band, gender and at most four background dimensions: enough to see who is missing, too few to single one out.
MOST_DIMENSIONS = 5


@dataclass(frozen=True, slots=True)
class Category:
    """One answer that can be chosen and reported. `bands` empty: offered to all ages."""

    id: str
    text: Texts
    bands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing asked about the person.

    Usually the person chooses one of `categories`. With `parts` there are several short one-choice questions on one
    page instead, all with the same `levels`; only the category made from them is kept: `yes` if any part has a level
    in `flagged`, else `no`. `groups` are coarser labels over category ids, for reports. `sensitive` marks special
    categories of data (GDPR art. 9, or what can reveal them), for which a group that wholly has or lacks a value is
    never shown.
    """

    key: str
    text: Texts
    categories: tuple[Category, ...]
    bands: tuple[str, ...] = ()
    sensitive: bool = False
    parts: tuple[Category, ...] = ()
    levels: tuple[Category, ...] = ()
    flagged: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hint: Texts = field(default_factory=dict)

    def asked_of(self, band: str) -> bool:
        """Whether a person of this band is asked at all."""
        return not self.bands or band in self.bands

    def offered(self, band: str) -> tuple[Category, ...]:
        """What a person of this band can choose from: the categories, or the levels where the dimension has parts."""
        if not self.asked_of(band):
            return ()
        return tuple(item for item in (self.levels or self.categories) if not item.bands or band in item.bands)

    def read_out(self, band: str, language: str) -> tuple[str, ...]:
        """What a person of this band reads, line by line. Raises KeyError for a language that lacks some of it."""
        hint = [self.hint[language]] if language in self.hint else []
        return (self.text[language], *hint, *(item.text[language] for item in (*self.parts, *self.offered(band))))

    def kept_of(self, band: str) -> frozenset[str]:
        """The categories that can be kept of a person of this band, `skipped` and `not_asked` aside."""
        if not self.asked_of(band):
            return frozenset()
        return frozenset(item.id for item in self.categories if not item.bands or band in item.bands)

    def fields(self) -> tuple[str, ...]:
        """Names of the form fields: the key, or one for each part."""
        return tuple(f"{self.key}_{part.id}" for part in self.parts) or (self.key,)

    def values(self) -> tuple[str, ...]:
        """Every value that can be stored, in the order of reports."""
        return (*(category.id for category in self.categories), *ASIDE)


def read_dimension(dimension: Dimension, band: str, values: Mapping[str, str]) -> str:
    """The one category that is kept, from form fields (`Dimension.fields`); an empty field is a skipped one.

    Raises AnswerError for a choice that was not offered to this band.
    """
    if not dimension.asked_of(band):
        return NOT_ASKED
    offered = {item.id for item in dimension.offered(band)}
    chosen = [values.get(name, "") or SKIPPED for name in dimension.fields()]
    if any(choice != SKIPPED and choice not in offered for choice in chosen):
        raise AnswerError(Problem.UNKNOWN_OPTION, dimension.key)
    if not dimension.parts:
        return chosen[0]
    if any(choice in dimension.flagged for choice in chosen):
        return "yes"
    # Without a flag, one part left open leaves the whole open: "no" would claim more than the person said.
    return next((aside for aside in (PREFER_NOT, SKIPPED) if aside in chosen), "no")


def read_profile(dimensions: tuple[Dimension, ...], band: str, values: Mapping[str, str]) -> dict[str, str]:
    """Dimension key -> category, for every dimension. Raises AnswerError for a choice that was not offered."""
    return {dimension.key: read_dimension(dimension, band, values) for dimension in dimensions}


def normalise_profile(dimensions: tuple[Dimension, ...], band: str, stored: Mapping[str, str]) -> dict[str, str]:
    """The stored categories of one person, checked again as a whole before they are sealed.

    A dimension without a value counts as skipped (asked) or not asked. Raises AnswerError for a dimension the form
    does not have, or a category that this band cannot have.
    """
    unknown = sorted(set(stored) - {dimension.key for dimension in dimensions})
    if unknown:
        raise AnswerError(Problem.NOT_ASKED, unknown[0])
    return {dimension.key: _kept(dimension, band, stored.get(dimension.key)) for dimension in dimensions}


def _kept(dimension: Dimension, band: str, value: str | None) -> str:
    if not dimension.asked_of(band):
        if value not in (None, NOT_ASKED):
            raise AnswerError(Problem.NOT_ASKED, dimension.key)
        return NOT_ASKED
    if value is None:
        return SKIPPED
    if value not in dimension.kept_of(band) | {SKIPPED}:
        raise AnswerError(Problem.UNKNOWN_OPTION, dimension.key)
    return value


def dimension_from_json(value: object, where: str) -> Dimension:
    """Reads one dimension strictly. Raises FormError."""
    data = strict.members(
        value,
        where,
        ("key", "text", "categories"),
        ("bands", "sensitive", "parts", "levels", "flagged", "groups", "hint"),
    )
    groups = data.get("groups", {})
    if not isinstance(groups, dict):
        raise FormError(f"{where}.groups", "must be an object of lists")
    return Dimension(
        key=strict.name(data["key"], f"{where}.key"),
        text=strict.texts(data["text"], f"{where}.text"),
        categories=_categories(data["categories"], f"{where}.categories"),
        bands=strict.names(data.get("bands", []), f"{where}.bands"),
        sensitive=strict.flag(data.get("sensitive", False), f"{where}.sensitive"),
        parts=_categories(data.get("parts", []), f"{where}.parts"),
        levels=_categories(data.get("levels", []), f"{where}.levels"),
        flagged=strict.names(data.get("flagged", []), f"{where}.flagged"),
        groups={strict.name(group, where): strict.names(ids, f"{where}.groups") for group, ids in groups.items()},
        hint=strict.texts(data.get("hint", {}), f"{where}.hint"),
    )


def _categories(value: object, where: str) -> tuple[Category, ...]:
    return tuple(_category(item, f"{where}[{place}]") for place, item in enumerate(strict.items(value, where)))


def _category(value: object, where: str) -> Category:
    data = strict.members(value, where, ("id", "text"), ("bands",))
    return Category(
        id=strict.name(data["id"], f"{where}.id"),
        text=strict.texts(data["text"], f"{where}.text"),
        bands=strict.names(data.get("bands", []), f"{where}.bands"),
    )


def dimension_to_json(dimension: Dimension) -> dict[str, object]:
    """The dimension as JSON values; `dimension_from_json` reads it back."""
    return {
        "key": dimension.key,
        "text": dict(dimension.text),
        "hint": dict(dimension.hint),
        "categories": [_to_json(item) for item in dimension.categories],
        "bands": list(dimension.bands),
        "sensitive": dimension.sensitive,
        "parts": [_to_json(item) for item in dimension.parts],
        "levels": [_to_json(item) for item in dimension.levels],
        "flagged": list(dimension.flagged),
        "groups": {group: list(ids) for group, ids in dimension.groups.items()},
    }


def _to_json(item: Category) -> dict[str, object]:
    return {"id": item.id, "text": dict(item.text), "bands": list(item.bands)}


def check_dimension(dimension: Dimension, where: str, languages: tuple[str, ...]) -> None:
    """Refuses a dimension that contradicts itself or lacks the first language. Raises FormError."""
    for place, words in dimension_texts(dimension, where):
        strict.translated(words, place, languages)
    for kind in (dimension.categories, dimension.parts, dimension.levels):
        strict.distinct([item.id for item in kind], where)
    for bands in (dimension.bands, *(item.bands for item in (*dimension.categories, *dimension.levels))):
        _known(bands, AGE_BANDS, f"{where}.bands")
    ids = tuple(category.id for category in dimension.categories)
    for group, grouped in dimension.groups.items():
        _known(grouped, ids, f"{where}.groups.{group}")
    if PREFER_NOT not in ids:
        raise FormError(where, f"{PREFER_NOT!r} must always be one of the choices")
    if set(ids) & set(ASIDE):
        raise FormError(where, f"{' and '.join(ASIDE)} are kept for what was not answered")
    _check_parts(dimension, where)


def _check_parts(dimension: Dimension, where: str) -> None:
    if not dimension.parts and not dimension.levels and not dimension.flagged:
        return
    levels = tuple(level.id for level in dimension.levels)
    if not dimension.parts or not dimension.flagged or PREFER_NOT not in levels:
        raise FormError(where, f"parts, levels (with {PREFER_NOT!r}) and flagged belong together")
    if {category.id for category in dimension.categories} != {"yes", "no", PREFER_NOT}:
        raise FormError(where, f"a dimension with parts keeps yes, no or {PREFER_NOT} only")
    _known(dimension.flagged, levels, f"{where}.flagged")


def _known(values: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
    unknown = [value for value in values if value not in known]
    if unknown:
        raise FormError(where, f"unknown value {unknown[0]!r}; known are {', '.join(known)}")


def dimension_texts(dimension: Dimension, where: str) -> list[tuple[str, Texts]]:
    """Every text of the dimension with its place."""
    found: list[tuple[str, Texts]] = [(f"{where}.text", dimension.text)]
    if dimension.hint:
        found.append((f"{where}.hint", dimension.hint))
    for kind in ("categories", "parts", "levels"):
        members: tuple[Category, ...] = getattr(dimension, kind)
        found += [(f"{where}.{kind}.{item.id}", item.text) for item in members]
    return found
