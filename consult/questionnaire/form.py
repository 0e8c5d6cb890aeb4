"""A form: the questions, texts and dimensions of one strand, copied in, versioned and hashed.

A form holds everything that a participant reads, so that an upgrade of the program never changes words that were
signed. `digest()` is the question-set hash that a safeguarding lead locks (SAF-15).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from consult.questionnaire import strict
from consult.questionnaire.easier import (
    EASY,
    Easy,
    Recordings,
    check_easier,
    easy_from_json,
    read_out,
    recordings_from_json,
    recordings_to_json,
    still_recorded,
    still_said,
    usual_place,
)
from consult.questionnaire.errors import FormError
from consult.questionnaire.profile import (
    MOST_DIMENSIONS,
    Dimension,
    check_dimension,
    dimension_from_json,
    dimension_texts,
    dimension_to_json,
)
from consult.questionnaire.question import (
    Question,
    check_order,
    check_question,
    question_from_json,
    question_texts,
    question_to_json,
)
from consult.questionnaire.strict import Texts
from safeguards.said import said

SHAPE = 1  # the version of the JSON shape; a form of another shape is refused, never guessed at


@dataclass(frozen=True)
class Form:
    """All that is asked and said in one strand. The first language is the source that every text must have.

    `texts`: key (T-PLACE …) -> language -> words with {placeholders}, the same ones in every language.
    `profile`: dimensions asked after the questions. `easy`, `recordings`: what makes single texts easier, where there
    is something (see easier.py). Raises FormError when it contradicts itself.
    """

    version: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    texts: Mapping[str, Texts] = field(default_factory=dict)
    profile: tuple[Dimension, ...] = ()
    easy: Easy = field(default_factory=dict)
    recordings: Recordings = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.languages:
            raise FormError("languages", "a form needs at least one language")
        strict.distinct(self.languages, "languages")
        strict.distinct([question.id for question in self.questions], "questions")
        strict.distinct([dimension.key for dimension in self.profile], "profile")
        if len(self.profile) > MOST_DIMENSIONS:
            raise FormError("profile", said("Ask at most %(n)s things about the person.", n=MOST_DIMENSIONS))
        for question in self.questions:
            check_question(question, f"questions.{question.id}", self.languages)
        check_order(self.questions)
        for key, words in self.texts.items():
            strict.translated(words, f"texts.{key}", self.languages)
        for dimension in self.profile:
            check_dimension(dimension, f"profile.{dimension.key}", self.languages)
        if self.easy or self.recordings:
            check_easier(self.easy, self.recordings, self.words_by_place())

    @classmethod
    def from_json(cls, value: object) -> "Form":
        """Reads a form strictly from parsed JSON. Raises FormError that names the place of the first fault."""
        required = ("shape", "version", "languages", "questions", "texts", "profile")
        data = strict.members(value, "form", required, ("easy", "recordings"))
        if data["shape"] != SHAPE:
            raise FormError("shape", f"must be {SHAPE}; this program reads no other")
        texts = data["texts"]
        if not isinstance(texts, dict):
            raise FormError("texts", "must be an object")
        return cls(
            version=strict.text(data["version"], "version"),
            languages=tuple(strict.language(tag, "languages") for tag in strict.items(data["languages"], "languages")),
            questions=tuple(
                question_from_json(item, f"questions[{place}]")
                for place, item in enumerate(strict.items(data["questions"], "questions"))
            ),
            texts={strict.text(key, "texts"): strict.texts(words, f"texts.{key}") for key, words in texts.items()},
            profile=tuple(
                dimension_from_json(item, f"profile[{place}]")
                for place, item in enumerate(strict.items(data["profile"], "profile"))
            ),
            easy=easy_from_json(data.get("easy", {})),
            recordings=recordings_from_json(data.get("recordings", {})),
        )

    def to_json(self, *, signed_only: bool = False) -> dict[str, object]:
        """The form as JSON values; `from_json` reads it back, equal. Nothing easier leaves no trace in the digest.

        `signed_only`: without who confirmed the recordings.
        """
        easier: dict[str, object] = {"easy": {where: dict(words) for where, words in self.easy.items()}}
        easier["recordings"] = recordings_to_json(self.recordings, signed_only=signed_only)
        return {
            "shape": SHAPE,
            "version": self.version,
            "languages": list(self.languages),
            "questions": [question_to_json(question) for question in self.questions],
            "texts": {key: dict(words) for key, words in self.texts.items()},
            "profile": [dimension_to_json(dimension) for dimension in self.profile],
            **{name: found for name, found in easier.items() if found},
        }

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the canonical JSON: the locked question-set hash. Key order does not matter."""
        value = self.to_json(signed_only=True)
        canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def set_digest(self) -> str:
        """SHA-256 (hexadecimal) of the question set in the source language: translations are signed apart."""
        source = self.languages[0]
        easy = {where: {source: words[source]} for where, words in self.easy.items() if source in words}
        value = replace(self, easy=easy, recordings={}).to_json()
        canonical = json.dumps(_in_one_language(value, source), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def places(self) -> list[tuple[str, Texts]]:
        """Everything that people read, in order: its place, such as `questions.Q14.options.safe`, and its words."""
        found: list[tuple[str, Texts]] = []
        for question in self.questions:
            found += question_texts(question, f"questions.{question.id}")
        found += [(f"texts.{key}", words) for key, words in self.texts.items()]
        for dimension in self.profile:
            found += dimension_texts(dimension, f"profile.{dimension.key}")
        return found

    def with_words(self, language: str, changes: Mapping[str, str]) -> "Form":
        """The form with other words in this language at these places, easy ones too; empty words are taken out.

        What reads otherwise now has lost its easy words, and its recording is silent: they would say another thing.
        Raises FormError for a place that the form lacks and for words that do not fit it.
        """
        data, known = replace(self, easy={}, recordings={}).to_json(), set(self.words_by_place())
        for place, words in changes.items():
            if usual_place(place) not in known:
                raise FormError(place, "the form has no such text")
            if place.startswith(EASY):
                continue
            texts = _texts_at(data, place)
            texts.pop(language, None)
            if words:
                texts[language] = words
        plain = Form.from_json(data)
        easy = still_said(self.easy, self.words_by_place(), plain.words_by_place())
        for place, words in changes.items():
            if place.startswith(EASY):
                said = easy.setdefault(usual_place(place), {})
                said.pop(language, None)
                if words:
                    said[language] = words
        return plain.with_easier(self, {where: said for where, said in easy.items() if said})

    def with_easier(self, before: "Form", easy: Easy | None = None) -> "Form":
        """This form with what still belongs to its words of another form's easy words, or these, and recordings.

        Raises FormError for easy words that do not fit.
        """
        if easy is None:
            easy = still_said(before.easy, before.words_by_place(), self.words_by_place())
        easier = replace(self, easy=easy, recordings={})
        said = (read_out(each.said_by_place()) for each in (before, easier))
        return replace(easier, recordings=still_recorded(before.recordings, *said))

    def for_person(self, band: str) -> tuple[Question, ...]:
        """The questions a person of this storage band may be asked, in order: some after certain answers alone."""
        if band not in self._asked:
            self._asked[band] = tuple(question for question in self.questions if question.asked_of(band))
        return self._asked[band]

    @cached_property
    def _asked(self) -> dict[str, tuple[Question, ...]]:
        return {}

    def after(self, band: str, answers: Mapping[str, object]) -> tuple[Question, ...]:
        """Those of them that are asked after these answers."""
        questions = self.for_person(band)
        if not self.has_conditions:
            return questions
        asked: list[Question] = []
        counted: dict[str, object] = {}  # an answer to what is not asked decides nothing
        for question in questions:
            if question.asked_after(counted):
                asked.append(question)
                counted[question.id] = answers.get(question.id)
        return tuple(asked)

    @cached_property
    def has_conditions(self) -> bool:
        """Whether any question is asked after certain answers alone."""
        return any(question.only_if for question in self.questions)

    def question(self, question_id: str) -> Question | None:
        """The question of that id, if the form has it."""
        return next((question for question in self.questions if question.id == question_id), None)

    def missing_translations(self, language: str) -> list[str]:
        """Places, such as `questions.Q14.options.safe`, that have no words in this language yet."""
        return [where for where, words in self.places() if language not in words]

    def complete_languages(self) -> tuple[str, ...]:
        """The form's languages in which nothing is missing; only these may open."""
        return tuple(language for language in self.languages if not self.missing_translations(language))

    def words_by_place(self) -> dict[str, Texts]:
        """The same as a table: place → language → words."""
        return dict(self.places())

    def said_by_place(self) -> dict[str, Texts]:
        """The same with the easy words, each at the place of its text with `easy.` in front."""
        return {**self.words_by_place(), **{EASY + where: words for where, words in self.easy.items()}}


def _texts_at(data: dict[str, Any], place: str) -> dict[str, str]:
    """The words by language at a place of a form's JSON: a list is entered by the id or key of its member."""
    part, _, rest = place.partition(".")
    node: Any = data[part]
    for name in [rest] if part == "texts" else rest.split("."):
        if isinstance(node, list):
            node = next(member for member in node if name in (member.get("id"), member.get("key")))
        else:
            node = node[name]
    words: dict[str, str] = node["text"] if isinstance(node.get("text"), dict) else node
    return words


def _in_one_language(value: object, language: str) -> object:
    """A form's JSON with the words of one language alone."""
    if isinstance(value, list):
        return [_in_one_language(each, language) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get(language), str):
        return {language: value[language]}
    return {key: _in_one_language(each, language) for key, each in value.items() if key != "languages"}
