"""The question linter: every rule with a case for and against, the bank and the texts that ship, any input."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.questionnaire.bank import bank_questions, bank_texts, default_sets
from consult.questionnaire.content import Reader
from consult.questionnaire.question import Question
from safeguards import policyfile, readability
from safeguards.lintrules import rules
from safeguards.questions import DraftQuestion, Finding, QuestionKind, Severity, asks_own_abuse, lint, lint_text
from safeguards.terms import ADULT_BANDS, AgeBand, Audience, Topic

POLICY = policyfile.default()
TEENS = (AgeBand.B13_14, AgeBand.B15, AgeBand.B16_17)
HARM = frozenset({Topic.LIFE_ONLINE, Topic.SAFETY, Topic.HARM_IN_GENERAL})
NOT_SURE = {"not_sure", "prefer_not", "no_experience"}
LEAVE_OUT = "Please leave out names."


def choice(text: str, **changes: Any) -> DraftQuestion:
    question = DraftQuestion(
        id="q", topic=Topic.SAFETY, kind=QuestionKind.ONE, text=text, options=("Yes", "No"), has_not_sure=True
    )
    return replace(question, **changes)


def own_words(text: str = "What would help?", **changes: Any) -> DraftQuestion:
    question = DraftQuestion(id="q", topic=Topic.SAFETY, kind=QuestionKind.TEXT, text=text, limit=300, hint=LEAVE_OUT)
    return replace(question, **changes)


def scale(*points: str) -> DraftQuestion:
    return choice("How safe do children feel?", kind=QuestionKind.SCALE, options=points)


def findings(
    *questions: DraftQuestion,
    audience: Audience = Audience.CHILDREN,
    bands: tuple[AgeBand, ...] = TEENS,
    language: str = "en",
    topics: frozenset[Topic] = HARM,
    option_counts: Mapping[str, Mapping[str, int]] | None = None,
) -> tuple[Finding, ...]:
    return lint(
        questions,
        audience=audience,
        bands=bands,
        language=language,
        policy=POLICY,
        topics=dict.fromkeys(bands, topics),
        option_counts=option_counts,
    )


def ids(found: Iterable[Finding], severity: Severity = Severity.ERROR) -> set[str]:
    return {finding.rule for finding in found if finding.severity is severity}


# ---- the bank that ships


def draft(question: Question, language: str) -> DraftQuestion:
    listed = [option for option in question.options if option.id not in NOT_SURE]
    return DraftQuestion(
        id=question.id,
        topic=Topic(question.topic),
        kind=QuestionKind(question.kind),
        text=question.text[language],
        options=tuple(option.text[language] for option in listed),
        has_not_sure=len(listed) < len(question.options),
        limit=question.limit,
        required=question.required,
        hint=question.hint.get(language, ""),
        bands=tuple(AgeBand(band) for band in question.bands),
    )


@pytest.mark.parametrize(
    ("name", "audience", "bands"),
    [
        ("children_6_9", Audience.CHILDREN, (AgeBand.B6_9,)),
        ("children_10_12", Audience.CHILDREN, (AgeBand.B10_12,)),
        ("children_13_17", Audience.CHILDREN, TEENS),
        ("caregivers", Audience.REPRESENTATIVES, (AgeBand.B25P,)),
        ("adult_survivors", Audience.ADULT_SURVIVORS, ADULT_BANDS),
        ("young_adults", Audience.REPRESENTATIVES, (AgeBand.B18_19, AgeBand.B20_24)),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_ready_sets_pass(name: str, audience: Audience, bands: tuple[AgeBand, ...], language: str) -> None:
    bank = bank_questions()
    questions = tuple(draft(bank[key], language) for key in default_sets()[name].questions)
    found = findings(*questions, audience=audience, bands=bands, language=language, topics=frozenset(Topic))
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("bands", "keys"),
    [
        ((AgeBand.B6_9,), [f"Q0{n}" for n in range(1, 6)]),
        ((AgeBand.B10_12,), [f"Q{n:02}" for n in range(6, 14)]),
        ((AgeBand.B16_17,), ["Q14", "Q23", "Q24", "Q25", "Q26"]),
    ],
)
def test_the_bank_passes_at_the_ages_it_was_written_for(bands: tuple[AgeBand, ...], keys: list[str]) -> None:
    found = findings(*(draft(bank_questions()[key], "en") for key in keys), bands=bands)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("reader", list(Reader))
def test_the_texts_that_ship_pass(reader: Reader) -> None:
    audience, band = {
        Reader.CHILD: (Audience.CHILDREN, AgeBand.B10_12),
        Reader.ADULT: (Audience.ADULT_SURVIVORS, AgeBand.B25P),
        Reader.REPRESENTATIVE: (Audience.REPRESENTATIVES, AgeBand.B25P),
    }[reader]
    found = [
        finding
        for key, words in bank_texts(reader).items()
        for finding in lint_text(key, words["en"], audience=audience, band=band, language="en", policy=POLICY)
    ]
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


# ---- rule by rule: (rule, a question that breaks it, one that does not)

RULES = [
    ("L1", choice("Why do children stay silent?"), choice("What makes it hard to speak?")),
    ("L1", choice("How come nobody asked?"), choice("How should people ask?")),
    ("L2", choice("Have you ever been hurt online?"), choice("Where can a hurt child find help?")),
    ("L2", choice("What helped?", options=("It never happened to me", "A friend")), choice("What helped children?")),
    ("L3", choice("What helps? Who helps?"), choice("A child is sad. What helps?")),
    ("L4", choice("Don't you think apps should do more?"), choice("What should apps do?")),
    ("L4", choice("How harmful is this app?"), choice("How easy is this app?")),
    ("L4", scale("Good", "Very good", "In between", "Great", "Excellent"), scale("Bad", "Poor", "So", "Good", "Great")),
    ("L4", scale("Bad", "In between", "Good"), scale("Very bad", "Bad", "In between", "Good", "Very good")),
    ("L4", choice("What helps?", has_not_sure=False), choice("What helps?")),
    ("L5", choice(f"What {'very ' * 19}helps?"), choice(f"What {'very ' * 18}helps?")),
    ("L6", choice("What is your phone number?"), choice("Should apps ask for a number?")),
    ("L6", own_words("Please send a photo."), own_words("A friend is pressured to send a private picture. Who helps?")),
    ("L6", choice("Where do you live?"), choice("Where should help be?")),
    ("L7", choice("What helps?", topic=Topic.SERVICES), choice("What helps?", topic=Topic.HARM_IN_GENERAL)),
    ("L8", choice("What?", options=tuple("abcdefghij")), choice("What?", options=tuple("abcdefghi"))),
    ("L8", choice("What?", open_list=True), choice("What?", open_list=True, options=("A", "Something else"))),
    ("L9", choice("What helps a child prostitute?"), choice("What helps a child who was exploited?")),
    ("L9", choice("How should apps treat users?"), choice("How should apps treat young people?")),
    ("L10", own_words(limit=None), own_words()),
    ("L10", own_words(hint=""), own_words("What helps? Please leave out names.", hint="")),
    ("L11", choice("Should the child have said no?", options=("She should have known", "No")), choice("What helps?")),
    ("L11", choice("Did the girl let him in?"), choice("Let us know: what helps?")),
    ("L13", choice("What helps?", required=True), choice("What helps?")),
    ("L14", choice("What helps?", machine_translated=True), choice("What helps?")),
]


@pytest.mark.parametrize(("rule", "broken", "kept"), RULES)
def test_each_rule_sees_its_breach_and_nothing_else(rule: str, broken: DraftQuestion, kept: DraftQuestion) -> None:
    calm = choice("What is good online?", id="calm", topic=Topic.LIFE_ONLINE)
    assert rule in ids(findings(calm, broken, replace(calm, id="end")))
    assert rule not in ids(findings(calm, kept, replace(calm, id="end")))


def test_every_rule_of_the_table_has_a_number_between_0_and_14() -> None:
    assert {rule.id for rule in rules().values()} == {f"L{n}" for n in range(15)}


@pytest.mark.parametrize(
    ("text", "rule"), [("What helps and who?", "L3"), ("What is good for your representative?", "L5")]
)
def test_doubts_are_warnings(text: str, rule: str) -> None:
    found = findings(choice(text))
    assert (rule in ids(found), rule in ids(found, Severity.WARNING)) == (False, True)


def test_under_13_the_limits_are_tighter() -> None:
    question = choice("What is said about sex at school?", options=tuple("abcdefgh"))
    assert ids(findings(question, bands=TEENS)) == set()
    assert ids(findings(question, bands=(AgeBand.B10_12, *TEENS))) == {"L7", "L8"}


def test_the_youngest_who_is_asked_a_question_governs_it() -> None:
    older_only = choice("What is said about sex?", bands=(AgeBand.B16_17,))
    calm = choice("What is good online?", id="calm")
    assert ids(findings(calm, older_only, replace(calm, id="end"), bands=(AgeBand.B10_12, AgeBand.B16_17))) == set()


def test_a_question_for_a_part_of_13_to_15_is_in_no_table_and_the_form_says_so() -> None:
    calm = choice("What is good online?", id="calm")

    def told(question: DraftQuestion, *bands: AgeBand) -> set[str]:
        return ids(findings(calm, question, replace(calm, id="end"), bands=bands), Severity.WARNING)

    older = (AgeBand.B15, AgeBand.B16_17)
    assert told(choice("What helps?", bands=older), AgeBand.B13_14, *older) == {"L7"}
    assert told(choice("What helps?", bands=older), *older) == set()
    assert told(choice("What helps?", bands=(AgeBand.B16_17,)), AgeBand.B13_14, *older) == set()
    assert told(own_words(bands=older), AgeBand.B13_14, *older) == set()


def test_representatives_may_be_asked_long_lists_and_required_questions() -> None:
    question = choice("Whose views are these?", options=tuple("abcdefghijklm"), required=True)
    as_representative = findings(question, audience=Audience.REPRESENTATIVES, bands=ADULT_BANDS)
    as_survivor = findings(question, audience=Audience.ADULT_SURVIVORS, bands=ADULT_BANDS)
    assert (ids(as_representative), ids(as_survivor)) == (set(), {"L8", "L13"})


def test_order_and_length_are_checked_for_each_age_that_meets_another_form() -> None:
    calm = [choice("What is good online?", id=f"c{n}") for n in range(10)]
    hard = choice("Who helps with pressure?", id="hard", topic=Topic.HARM_IN_GENERAL, bands=(AgeBand.B16_17,))
    first = findings(hard, *calm)
    assert [(f.rule, f.question) for f in first] == [("L12", "hard")]
    assert "16" in first[0].message
    assert ids(findings(*calm[:5], hard, *calm[5:])) == set()
    assert ids(findings(*calm[:9], hard)) == {"L12"}
    too_many = [choice("What is good online?", id=f"c{n}") for n in range(13)]
    assert ids(findings(*too_many)) == {"L12"}
    assert ids(findings(*too_many, audience=Audience.REPRESENTATIVES, bands=ADULT_BANDS)) == set()


def test_own_words_are_few() -> None:
    questions = [own_words(id=f"q{n}") for n in range(3)]
    assert (ids(findings(*questions)), ids(findings(*questions, bands=(AgeBand.B10_12,)))) == (set(), {"L10"})


def test_a_hard_form_is_graded_as_a_whole_and_one_line_is_not() -> None:
    line = "Which organisational responsibilities should international technology corporations acknowledge immediately?"
    assert "L5" not in ids(findings(choice(line)))
    many = [
        choice(line.replace("Which", word), id=word) for word in ("Which", "What", "Whose", "How", "And", "So", "Now")
    ]
    graded = [finding for finding in findings(*many) if "grade" in finding.message]
    assert [finding.rule for finding in graded] == ["L5"]


def test_option_counts_are_compared_between_languages() -> None:
    found = findings(choice("What helps?"), option_counts={"q": {"en": 2, "fr": 2, "ar": 3}})
    assert [(f.rule, f.severity, f.language) for f in found] == [("L14", Severity.WARNING, "ar")]


def test_a_language_without_words_gets_the_other_checks_and_a_note() -> None:
    found = findings(choice("Por que?", required=True, topic=Topic.SERVICES), language="pt-BR")
    assert ids(found) == {"L7", "L12", "L13"}
    assert [f.rule for f in found if f.severity is Severity.NOTE] == ["L0"]
    assert ids(findings(own_words("O que?", hint=""), language="pt")) == {"L10"}


# ---- own abuse


@pytest.mark.parametrize(
    "text",
    [
        "Have you ever been asked for a picture?",
        "HAVE YOU seen it?",
        "Has anyone touched you?",
        "Did someone hurt you online?",
        "Did he send it?",
        "What happened to you?",
        "Please tell us about your abuse.",
        "Tell us about a time when you felt unsafe.",
        "have  \t you\u00a0ever met him?",
        "Ha\u00advе you ever".replace("\u0435", "e"),
        "H\u200bave you ever met him?",
        "Has any-one asked?",
        "W h a t  h a p p e n e d  t o  y o u?",
        "h.a.v.e y.o.u e.v.e.r b.e.e.n hurt",
        "Hávé yoù ever?",
        "*Have* _you_ ever?",
        "When were you abused?",
        "What did they do to you?",
        "Were you ever pressured?",
        "Why do you not want to tell us what happened to you?",
        "Ｈａｖｅ ｙｏｕ ever?",
    ],
)
def test_asking_for_own_abuse_is_seen_through_disguise(text: str) -> None:
    assert asks_own_abuse(text)
    assert "L2" in ids(findings(choice(text)))


@pytest.mark.parametrize(
    "text",
    [
        "What would help children your age feel safer online?",
        "A person online asks a child to keep a secret. What could the child do?",
        "We will not ask about bad things that happened to you.",
        "You never need to describe what happened.",
        "If someone hurt you, it is not your fault.",
        "How should services help children?",
    ],
)
def test_what_is_not_asking_is_left_alone(text: str) -> None:
    assert not asks_own_abuse(text)


@pytest.mark.parametrize("question", [q for q in bank_questions().values() if "en" in q.text], ids=lambda q: q.id)
def test_no_question_of_the_bank_is_taken_for_asking(question: Question) -> None:
    assert not asks_own_abuse(question.text["en"])


def test_texts_are_held_to_the_words_too() -> None:
    def rules_of(text: str, band: AgeBand = AgeBand.B10_12) -> set[str]:
        return ids(lint_text("T", text, audience=Audience.CHILDREN, band=band, language="en", policy=POLICY))

    assert rules_of("Tell us what happened to you.") == {"L2"}
    assert rules_of("Please give your address.") == {"L6"}
    assert rules_of("Victims should have known.") == {"L9", "L11"}
    assert rules_of(
        "Notwithstanding organisational considerations, participation necessitates authorisation. " * 10
    ) == {"L5"}
    assert rules_of("You can stop at any time.") == set()


# ---- reading


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("make", 1),
        ("table", 2),
        ("people", 2),
        ("wanted", 2),
        ("helped", 1),
        ("places", 2),
        ("idea", 3),
        ("something", 2),
        ("caregivers", 3),
        ("services", 3),
        ("information", 4),
        ("completely", 3),
        ("the", 1),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert readability.syllables(word) == count


def test_grades_are_near_the_measured_ones() -> None:
    """Measured when the bank was written: 10 to 12: 3.2; adult survivors: 4.5."""
    bank = bank_questions()
    grades = [
        readability.grade(" ".join(bank[f"Q{n:02}"].text["en"] for n in numbers))
        for numbers in (range(6, 14), range(28, 36))
    ]
    assert grades == pytest.approx([3.2, 4.5], abs=0.3)


# ---- anything that can be typed

anything = st.text(max_size=60)


@settings(max_examples=80, deadline=None)
@given(
    anything,
    anything,
    st.lists(anything, max_size=6),
    st.sampled_from(QuestionKind),
    st.sampled_from(["en", "fr", "", "x/../en"]),
)
def test_nothing_that_can_be_typed_breaks_it(
    text: str, hint: str, options: list[str], kind: QuestionKind, language: str
) -> None:
    question = choice(text, hint=hint, options=tuple(options), kind=kind, open_list=True)
    for finding in findings(question, language=language):
        assert finding.message
        assert finding.mend
    lint_text("T", text, audience=Audience.CHILDREN, band=AgeBand.B6_9, language=language, policy=POLICY)
    asks_own_abuse(text)


@settings(max_examples=60)
@given(anything, st.sampled_from(["Have you ever", "what happened to you", "did someone"]), anything)
def test_words_around_it_hide_nothing(before: str, asking: str, after: str) -> None:
    assert asks_own_abuse(f"{before} . {asking} ? {after}")
