"""Small forms and strategies that the questionnaire's tests share."""

from dataclasses import replace

from hypothesis import strategies as st

from consult.questionnaire.answers import Answer
from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Option, Question, Topic

LANGUAGES = ("en", "fr")

identifiers = st.text("abcdefgh_123", min_size=1, max_size=6)
words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{}"), min_size=1, max_size=20
).filter(str.strip)
texts = st.fixed_dictionaries({"en": words}, optional={"fr": words})
bands = st.lists(st.sampled_from(AGE_BANDS), unique=True, max_size=3).map(tuple)
free_words = st.text(max_size=60)


def in_both(word: str) -> dict[str, str]:
    return {language: f"{word} ({language})" for language in LANGUAGES}


def options(*ids: str) -> tuple[Option, ...]:
    return tuple(Option(option, in_both(option)) for option in ids)


def question(key: str, kind: Kind, *option_ids: str, limit: int | None = None) -> Question:
    return Question(key, kind, Topic.SAFETY, in_both(key), options=options(*option_ids), limit=limit)


ONE = question("one", Kind.ONE, "a", "b", "not_sure")
MULTI = question("multi", Kind.MULTI, "a", "b", "c", "not_sure", limit=2)
SCALE = question("scale", Kind.SCALE, "p1", "p2", "p3", "p4", "p5", "not_sure")
TEXT = question("text", Kind.TEXT, limit=40)
NUMBER = replace(question("number", Kind.NUMBER), minimum=0, maximum=50)
OLDER_ONLY = replace(question("older", Kind.ONE, "a", "b"), bands=("16_17",))
FORM = Form("1", LANGUAGES, (ONE, MULTI, SCALE, NUMBER, TEXT, OLDER_ONLY), {"T-X": in_both("Hello {who}")})


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question that is well made."""
    kind = draw(st.sampled_from(Kind))
    ids = draw(st.lists(identifiers, min_size=5, max_size=7, unique=True))
    choosing = kind in (Kind.ONE, Kind.MULTI, Kind.SCALE)
    low = draw(st.integers(-5, 5))
    return Question(
        id=draw(identifiers),
        kind=kind,
        topic=draw(st.sampled_from(Topic)),
        text=draw(texts),
        bands=draw(bands),
        options=tuple(Option(key, draw(texts)) for key in ids) if choosing else (),
        limit={Kind.MULTI: draw(st.integers(1, 5)), Kind.TEXT: draw(st.integers(1, 50))}.get(kind),
        minimum=low if kind is Kind.NUMBER else None,
        maximum=low + draw(st.integers(1, 30)) if kind is Kind.NUMBER else None,
        required=draw(st.booleans()),
        hint=draw(st.one_of(st.just({}), texts)),
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Any form that is well made, in English and perhaps half in French."""
    asked = draw(st.lists(questions(), max_size=4, unique_by=lambda item: item.id))
    return Form("7", LANGUAGES, tuple(asked), draw(st.dictionaries(identifiers, texts, max_size=3)))


def raw_answers() -> st.SearchStrategy[dict[str, object]]:
    """What somebody might send for FORM: mostly sensible, sometimes invented, sometimes of the wrong type."""
    picks = st.lists(st.sampled_from(["a", "b", "c", "not_sure", "invented"]), max_size=3)
    odd = st.one_of(st.none(), st.integers(), st.booleans(), st.just("invented"), picks)
    likely: dict[str, st.SearchStrategy[object]] = {
        "one": st.one_of(st.sampled_from(["a", "b", "not_sure"]), odd),
        "multi": picks,
        "scale": st.one_of(st.sampled_from(["p1", "p5", "not_sure"]), odd),
        "number": st.one_of(st.integers(-1, 51), odd),
        "text": st.one_of(free_words, odd),
        "older": st.one_of(st.just("a"), odd),
        "stranger": free_words,
    }
    return st.fixed_dictionaries({}, optional=likely)


answers = st.dictionaries(
    identifiers, st.one_of(free_words, st.integers(-(10**9), 10**9), st.lists(identifiers, max_size=4).map(tuple))
)
AnswerSet = dict[str, Answer]
