"""The linter over a form as it stands, its questions and the texts around them: every language and band (SAF-15)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from consult.questionnaire.easier import Easy
from consult.questionnaire.form import Form
from consult.questionnaire.question import Question
from safeguards.matrix import objections
from safeguards.plan import Strand
from safeguards.policy import Policy
from safeguards.questions import DraftQuestion, Finding, QuestionKind, Severity, lint, lint_text
from safeguards.said import Language, said
from safeguards.terms import CHILD_AUDIENCES, AgeBand, Audience, Mode, RepresentativeClass, Topic

__all__ = ["lint_errors", "lint_report"]

#: Options that stand beside a list instead of in it.
_BESIDE = frozenset({"not_sure", "prefer_not", "no_experience"})


def lint_errors(
    form: Form, audience: Audience, ages: tuple[int, int], policy: Policy, languages: Collection[str]
) -> tuple[str, ...]:
    """What keeps the set from being signed off in these languages: a sentence for each, with question and language."""
    return tuple(
        said(
            "%(where)s (%(language)s): %(message)s; %(mend)s",
            where=finding.question or said("the whole form"),
            language=Language(finding.language),
            message=finding.message,
            mend=finding.mend,
        )
        for finding in lint_report(form, audience, ages, policy)
        if finding.severity is Severity.ERROR and finding.language in languages
    )


def lint_report(form: Form, audience: Audience, ages: tuple[int, int], policy: Policy) -> tuple[Finding, ...]:
    """Everything the linter finds, language by language in the form's order. `ages`: youngest and oldest asked."""
    text = json.dumps(form.to_json(), ensure_ascii=False, sort_keys=True)
    return _findings(text, audience, (ages[0], ages[1]), policy)


@lru_cache(maxsize=64)
def _findings(text: str, audience: Audience, ages: tuple[int, int], policy: Policy) -> tuple[Finding, ...]:
    form = Form.from_json(json.loads(text))
    bands = AgeBand.touched_by(ages)
    readings = [(language, form.easy if easy else {}) for language in form.languages for easy in (False, True)]
    return _once(
        finding
        for language, easy in readings
        if not easy or any(language in words for words in easy.values())
        for finding in (
            *lint(
                tuple(_draft(question, language, easy) for question in form.questions if language in question.text),
                audience=audience,
                bands=bands,
                language=language,
                policy=policy,
                topics=_topics(audience, bands, policy),
                option_counts={question.id: _counts(question, form.languages) for question in form.questions},
            ),
            *_around(form, language, easy, audience, bands, policy),
        )
    )


def _around(
    form: Form, language: str, easy: Easy, audience: Audience, bands: tuple[AgeBand, ...], policy: Policy
) -> Iterator[Finding]:
    """What is wrong with the texts around the questions, which everybody reads, the youngest too."""
    for key, words in form.texts.items():
        text = easy.get(f"texts.{key}", {}).get(language) or words.get(language, "")
        for youngest in bands[:1]:
            yield from lint_text(key, text, audience=audience, band=youngest, language=language, policy=policy)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is read alike in ordinary and in easy words is found once."""
    return tuple(dict.fromkeys(findings))


def _draft(question: Question, language: str, easy: Easy) -> DraftQuestion:
    """A question as it is read, in easy words where it has some and they are asked for."""
    listed = [option for option in question.options if option.id not in _BESIDE]
    return DraftQuestion(
        id=question.id,
        topic=Topic(question.topic),
        kind=QuestionKind(question.kind),
        text=easy.get(f"questions.{question.id}.text", {}).get(language) or question.text[language],
        options=tuple(option.text.get(language, "") for option in listed),
        has_not_sure=len(listed) < len(question.options),
        limit=question.limit,
        required=question.required,
        hint=question.hint.get(language, ""),
        bands=tuple(AgeBand(band) for band in question.bands),
    )


def _counts(question: Question, languages: tuple[str, ...]) -> Mapping[str, int]:
    listed = [option for option in question.options if option.id not in _BESIDE]
    return {each: sum(each in option.text for option in listed) for each in languages if each in question.text}


@lru_cache(maxsize=64)
def _topics(audience: Audience, bands: tuple[AgeBand, ...], policy: Policy) -> Mapping[AgeBand, frozenset[Topic]]:
    """What the matrix allows each band in at least one mode; the mode itself is the gate's business (D3)."""
    return {band: frozenset(topic for topic in Topic if _allowed(audience, band, topic, policy)) for band in bands}


def _allowed(audience: Audience, band: AgeBand, topic: Topic, policy: Policy) -> bool:
    representatives = RepresentativeClass.PROFESSIONALS if audience is Audience.REPRESENTATIVES else None
    youngest = max(band.youngest, 13) if audience in CHILD_AUDIENCES - {Audience.CHILDREN} else band.youngest
    return any(
        not objections(
            Strand(
                id="any",
                audience=audience,
                modes=(mode,),
                topics=(topic,),
                ages=(youngest, max(youngest, band.oldest)),
                languages=(),
                jurisdictions=(),
                representatives=representatives,
            ),
            policy,
        )
        for mode in Mode
    )
