"""What makes a text easier: the same in easy words, and recordings of both. Each belongs to one text in one language.

Neither is ever needed: a text without easy words is read in its ordinary ones, of the same language. Both are part of
the form, and so of what is signed: easy words as they are, a recording by the hash of its sound. A recording is played
once others have confirmed that it says the words, and only while the page shows exactly what it says.

That of a question says all that its page asks: the question, the hint, every answer to choose from, in order. A text
that not everybody reads alike can have one recording for each: at `texts.T-HELP-service@PE` stands who helps in Peru,
at `profile.gender.text@10_12` what children of 10 to 12 can choose from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from consult.questionnaire import strict
from consult.questionnaire.content import is_safety_text
from consult.questionnaire.errors import FormError
from consult.questionnaire.strict import Texts

__all__ = [
    "BETWEEN_SENTENCES",
    "EASY",
    "FOR",
    "MAY_BE_EASIER",
    "MAY_BE_RECORDED",
    "Easy",
    "Recording",
    "Recordings",
    "check_easier",
    "easy_from_json",
    "hangs_safety_on",
    "in_one_line",
    "read_out",
    "recorded_at",
    "recordings_from_json",
    "recordings_to_json",
    "still_recorded",
    "still_said",
    "to_be_read_out",
    "usual_place",
    "words_place",
]

T = TypeVar("T")

BETWEEN_SENTENCES = re.compile(r"(?<=[.!?؟])\s+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: places that may have easy words: texts, and what a question asks; what is asked about the person has none
MAY_BE_EASIER = re.compile(r"texts\.[^.]+|questions\.[^.]+\.text")
MAY_BE_RECORDED = re.compile(rf"{MAY_BE_EASIER.pattern}|profile\.[^.]+\.text")
#: with it in front, a place means the easy words of the text there: `easy.texts.T-PLACE`
EASY = "easy."
#: behind it, in the place of a recording, stands for which place or age band it says what the page shows
FOR = "@"
_FOR_WHOM = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|[0-9]+(_[0-9]+|p)?")
#: answers that stand in texts of their own, and the text that asks
_ANSWERS = {
    "texts.T-YES": "texts.T-ASSENT",
    "texts.T-NO": "texts.T-ASSENT",
    "texts.T-CHECK-true": "texts.T-CHECK",
    "texts.T-CHECK-false": "texts.T-CHECK",
}


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: SHA-256 (hexadecimal) of its MP3, and how many bytes that has.

    `reads`: the words as they are spoken, where these are others or more than the words of the text: its blanks filled,
    a question with its answers; else "". `heard_by`: ids of those who listened and found that it says the words; nobody
    signs that, so it is no part of any digest.
    """

    digest: str
    bytes: int
    reads: str = ""
    heard_by: tuple[str, ...] = ()

    def is_confirmed(self, where: str) -> bool:
        """Whether enough people have confirmed it for this place: one, and two where safety hangs on the text."""
        return len(self.heard_by) >= (2 if hangs_safety_on(where) else 1)

    def spoken(self, words: str) -> str:
        """What it says, in one line, at the place of these words; "" where nobody can know."""
        return self.reads or ("" if strict.placeholders(words) else in_one_line(words))


#: place, such as `texts.T-PLACE` or `questions.Q14.text` → language → words
Easy = Mapping[str, Texts]
#: the same places, and those of easy words → language → the recording
Recordings = Mapping[str, Mapping[str, Recording]]


def words_place(where: str) -> str:
    """Where the words stand, usual or easy, that a recording there says; for whichever place it says them."""
    return where.partition(FOR)[0]


def usual_place(where: str) -> str:
    """The place of the text itself, of which these may be the easy words, or a recording for one place."""
    return words_place(where).removeprefix(EASY)


def recorded_at(where: str) -> str:
    """Where the recording is that says this text: an answer or a hint is said with its question."""
    part, _, rest = where.partition(".")
    return _ANSWERS.get(where, where) if part == "texts" else f"{part}.{rest.partition('.')[0]}.text"


def hangs_safety_on(where: str) -> bool:
    """Whether safety or free choice hangs on the words at this place, usual or easy (INC-05)."""
    part, _, key = usual_place(where).partition(".")
    return part == "texts" and is_safety_text(key)


def in_one_line(words: str) -> str:
    """The same words with single spaces between them."""
    return " ".join(words.split())


def easy_from_json(value: object) -> dict[str, dict[str, str]]:
    """Easy words by place and language."""
    return {where: strict.texts(words, f"easy.{where}") for where, words in _table(value, "easy").items()}


def read_out(said: Mapping[str, Texts]) -> dict[str, Texts]:
    """What a recording at each place says, of all that a form says: a text itself, a question with hint and answers.

    Of what is asked about a person it has the answers of all ages. One line each. What asks something is there only in
    the languages in which none of it is missing.
    """
    found, beside = dict(said), dict[str, list[Texts]]()
    for where, words in said.items():
        if recorded_at(where) != where:
            beside.setdefault(recorded_at(where), []).append(words)
    for where, more in beside.items():
        for place in {where, EASY + where} & said.keys():
            whole = [said[place], *more]
            tags = [tag for tag in said[place] if all(tag in each for each in whole)]
            found[place] = {tag: "\n".join(each[tag] for each in whole) for tag in tags}
    return found


def recordings_from_json(value: object) -> dict[str, dict[str, Recording]]:
    """Recordings by place and language."""
    return {
        where: {
            strict.language(tag, f"recordings.{where}"): _recording(item, f"recordings.{where}.{tag}")
            for tag, item in _table(found, f"recordings.{where}").items()
        }
        for where, found in _table(value, "recordings").items()
    }


def to_be_read_out(words: str) -> str:
    """What a voice reads of a text: of a sentence with a {code} what stands before it, for nobody reads a code out."""
    if "{code}" not in words:
        return words
    others = [each for each in BETWEEN_SENTENCES.split(words) if "{code}" not in each]
    return " ".join([words.partition("{code}")[0].strip(), *others])


def recordings_to_json(recordings: Recordings, *, signed_only: bool = False) -> dict[str, dict[str, object]]:
    """Recordings as JSON values; `signed_only`: without who confirmed them."""
    return {
        where: {language: _to_json(each, signed_only=signed_only) for language, each in found.items()}
        for where, found in recordings.items()
    }


def _to_json(recording: Recording, *, signed_only: bool) -> dict[str, object]:
    found: dict[str, object] = {"digest": recording.digest, "bytes": recording.bytes}
    if recording.reads:
        found["reads"] = recording.reads
    if recording.heard_by and not signed_only:
        found["heard_by"] = list(recording.heard_by)
    return found


def check_easier(easy: Easy, recordings: Recordings, ordinary: Mapping[str, Texts]) -> None:
    """Refuses easy words or a recording of what is not said in that language, and other placeholders than there."""
    said = {**ordinary, **{EASY + where: words for where, words in easy.items()}}
    for where, words in easy.items():
        _check_place(f"easy.{where}", where, words, ordinary, MAY_BE_EASIER)
        for language, each in words.items():
            if strict.placeholders(each) != strict.placeholders(ordinary[where][language]):
                raise FormError(f"easy.{where}.{language}", strict.OTHER_BRACES)
    for where, found in recordings.items():
        _check_place(f"recordings.{where}", where, found, said, MAY_BE_RECORDED)


def _check_place(
    name: str, where: str, found: Mapping[str, object], said: Mapping[str, Texts], may_be: re.Pattern[str]
) -> None:
    words = words_place(where)
    if words not in said or not may_be.fullmatch(usual_place(where)):
        raise FormError(name, "no such text or question")
    if FOR in where and not _FOR_WHOM.fullmatch(where.partition(FOR)[2]):
        raise FormError(name, "not the code of a place or of an age band")
    for language in found:
        if language not in said[words]:
            raise FormError(f"{name}.{language}", "the text itself is not there in this language")


def still_said(
    easier: Mapping[str, Mapping[str, T]], before: Mapping[str, Texts], after: Mapping[str, Texts]
) -> dict[str, dict[str, T]]:
    """What still belongs to what it was made for: a text that reads otherwise now has lost its easy words."""
    kept = {
        where: {
            language: each
            for language, each in found.items()
            if (now := after.get(words_place(where), {}).get(language)) is not None
            and before.get(words_place(where), {}).get(language) == now
        }
        for where, found in easier.items()
    }
    return {where: found for where, found in kept.items() if found}


def still_recorded(
    recordings: Recordings, before: Mapping[str, Texts], after: Mapping[str, Texts]
) -> dict[str, dict[str, Recording]]:
    """The recordings of all texts that are still there. One of a text that reads otherwise now says its old words.

    So it is silent, and whoever can record it again sees that and the difference. `before`, `after`: as `read_out`.
    """
    kept = {
        where: {
            language: each if now == old[language] else replace(each, reads=each.spoken(old[language]))
            for language, each in found.items()
            if language in (old := before.get(words_place(where), {}))
            and (now := after.get(words_place(where), {}).get(language)) is not None
        }
        for where, found in recordings.items()
    }
    return {where: found for where, found in kept.items() if found}


def _recording(value: object, where: str) -> Recording:
    data = strict.members(value, where, ("digest", "bytes"), ("reads", "heard_by"))
    if not isinstance(data["digest"], str) or not _DIGEST.fullmatch(data["digest"]):
        raise FormError(f"{where}.digest", "must be a SHA-256 hash in hexadecimal")
    people = strict.items(data.get("heard_by", []), f"{where}.heard_by")
    return Recording(
        data["digest"],
        strict.number(data["bytes"], f"{where}.bytes"),
        strict.text(data["reads"], f"{where}.reads") if "reads" in data else "",
        tuple(strict.text(each, f"{where}.heard_by") for each in people),
    )


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise FormError(where, "must be an object")
    return value
