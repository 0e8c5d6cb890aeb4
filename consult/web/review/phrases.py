"""The report's own words: titles and first sentences by who was asked, and what codes are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.errors import sentence
from consult.inclusion.gathered import OTHERS, original_name
from consult.questionnaire.profile import NOT_ASKED, SKIPPED
from consult.services.report.reporting import fits_title
from consult.services.report.reportviews import ReleaseCard, ReportView, Size
from consult.services.tables.quoting import Attribute, Published
from consult.services.tables.releasetables import Cross, Row, Table
from consult.services.tables.tabulating import AGE, LANGUAGE
from consult.web.groupnames import OPEN_ENDED, age_words, dimension
from consult.web.languages import current_language, gettext
from consult.web.words import day, language_name
from safeguards.terms import RespondentClass

__all__ = [
    "age_words",
    "attribute_words",
    "called",
    "chosen",
    "class_and_basis",
    "code_words",
    "columns",
    "dimension",
    "first_sentence",
    "groups",
    "heading",
    "label",
    "labels",
    "may_name",
    "opening",
    "table_title",
]

_WHO: Mapping[RespondentClass, str] = {
    RespondentClass.CHILD: sentence("What children told us"),
    RespondentClass.YOUNG_ADULT: sentence("What young adults told us"),
    RespondentClass.ADULT_SURVIVOR: sentence("What adult survivors told us"),
    RespondentClass.REPRESENTATIVE: sentence("What organisations told us"),
    RespondentClass.CAREGIVER: sentence("What parents and carers told us"),
    RespondentClass.PROFESSIONAL: sentence("What professionals told us"),
    RespondentClass.SECONDARY_EVIDENCE: sentence("What is published"),
}
_CHILDRENS = sentence("Children's views")
_CODES = {
    SKIPPED: sentence("Skipped"),
    NOT_ASKED: sentence("Not asked"),
    "yes": sentence("Yes"),
    "no": sentence("No"),
    "prefer_not": sentence("Prefer not to say"),
    OTHERS: sentence("Everybody else"),
    **OPEN_ENDED,
}
_TITLES = {AGE: sentence("Age"), LANGUAGE: sentence("Language")}


def heading(card: ReleaseCard) -> str:
    """The title of a report: only one that counts children calls itself children's views (R-L5)."""
    return gettext(_CHILDRENS if card.counts_children else _WHO[card.respondent_class])


def may_name(card: ReleaseCard, text: str) -> bool:
    """Whether words that somebody typed may stand beside the title (R-L5)."""
    return fits_title(text, counts_children=card.counts_children)


def first_sentence(report: ReportView) -> str:
    """What has to be understood before any number: who answered, and whom they do not stand for (R-L3)."""
    card, debt = report.card, report.stands_in
    if debt is not None:
        values = {"reason": debt.public_reason.rstrip(". "), "date": day(debt.ask_children_by)}
        if card.total is None:
            return gettext(
                "No children were asked in this part. A few adults told us what they think children need. "
                "Reason: %(reason)s. Plan to ask children: %(date)s.",
                **values,
            )
        return gettext(
            "No children were asked in this part. %(n)s adults told us what they think children need. "
            "Reason: %(reason)s. Plan to ask children: %(date)s.",
            n=card.total,
            **values,
        )
    if card.respondent_class is RespondentClass.CHILD:
        return gettext("These children chose to take part. They do not stand for all children.")
    return gettext(
        "These adults chose to take part. They do not stand for all adults, and nobody here is counted as a child."
    )


def opening(report: ReportView) -> Iterator[str]:
    """What is read before any number: the first sentence, how many took part, and what that is too few for."""
    card = report.card
    yield first_sentence(report)
    if card.size is Size.FEW:
        yield gettext("A few people took part. Under %(k)s we give no number at all.", k=card.k)
    elif card.respondent_class is RespondentClass.CHILD:
        yield gettext("%(n)s children took part.", n=card.total)
    elif report.stands_in is None:
        yield gettext("%(n)s adults took part.", n=card.total)
    if card.size is Size.TOTAL_ONLY:
        yield gettext("That is too few to show groups or answers without giving somebody away.")


def called(key: str, words: Mapping[str, str]) -> str:
    """As `dimension`, from the form's words by language."""
    return dimension(key, in_language(words))


def chosen(key: str, code: str, words: Mapping[str, str]) -> str:
    """What a category is called, from the form's words by language, else ours."""
    return in_language(words) or code_words(key, code)


def in_language(words: Mapping[str, str]) -> str:
    """Words in the language of the request, else in the first that there is."""
    return words.get(current_language().code) or next(iter(words.values()), "")


def labels(table: Table) -> tuple[str, ...]:
    """What the rows of a table are called, in order."""
    return tuple(label(table.key, row) for row in table.rows)


def table_title(key: str, title: str) -> str:
    """What a table is about."""
    return gettext(_TITLES[key]) if key in _TITLES else title


def label(key: str, row: Row) -> str:
    """What a category is called: the form's words where it has some, else ours."""
    if row.words:
        return _from_the_left(row.words)
    return code_words(key, row.code)


def _from_the_left(words: str) -> str:
    """A range of numbers reads from the left in every language (UAX 9): else "1–2" is shown as 2–1 among Arabic."""
    low, dash, high = words.partition("–")
    ranged = dash and low.isdecimal() and high.isdecimal() and current_language().direction == "rtl"
    return f"\u200e{words}\u200e" if ranged else words


def groups(cross: Cross) -> str:
    """By what the people of a table are grouped."""
    return " · ".join(dimension(original_name(name), asked) for name, asked in zip(cross.by, cross.asked, strict=True))


def columns(cross: Cross) -> tuple[str, ...]:
    """What the groups of a table are called; of two dimensions both are said."""
    return tuple(
        " · ".join(label(original_name(name), row) for name, row in zip(cross.by, column, strict=True))
        for column in cross.columns
    )


def code_words(key: str, code: str) -> str:
    """What a code of ours is called."""
    if code in _CODES:
        return gettext(_CODES[code])
    return {AGE: age_words, LANGUAGE: language_name}.get(key, str)(code)


_CLASSES: Mapping[RespondentClass, str] = {
    RespondentClass.CHILD: sentence("a child or young person who took part"),
    RespondentClass.YOUNG_ADULT: sentence("young adult, was a child here a few years ago"),
    RespondentClass.ADULT_SURVIVOR: sentence("adult who survived abuse as a child"),
    RespondentClass.REPRESENTATIVE: sentence("organisation led by survivors or young people, speaks for its members"),
    RespondentClass.CAREGIVER: sentence("parent or carer of a child"),
    RespondentClass.PROFESSIONAL: sentence("professional who works with children"),
    RespondentClass.SECONDARY_EVIDENCE: sentence("published evidence"),
}


def class_and_basis(respondent_class: RespondentClass) -> str:
    """Who speaks in a quote and on what ground: never "a child said" where an adult did (R-L4)."""
    return gettext(_CLASSES[respondent_class])


def attribute_words(published: Published, attribute: Attribute) -> str:
    """The one thing that is said of a person, in the form's words where it has some."""
    if attribute.dimension == AGE:
        return age_words(attribute.category)
    about = published.setting["form"]["dimensions"][attribute.dimension]
    named = [about["labels"].get(each, {}) for each in about["groups"].get(attribute.category, [attribute.category])]
    return " / ".join(
        words.get(current_language().code) or next(iter(words.values()), attribute.category) for words in named
    )
