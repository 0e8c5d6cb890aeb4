"""Whom a strand wants to hear: targets by group, a reference population, how many were invited; and its frozen copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.inclusion.coverage import Reference, Target, check
from consult.inclusion.dimensions import InvalidInput
from consult.inclusion.published import Group
from consult.models import CoveragePlan, Strand
from consult.questionnaire.bands import VIEWS, group_of
from consult.questionnaire.form import Form
from consult.questionnaire.profile import PREFER_NOT
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.gate.planning import form_of
from consult.services.tables.plannedtables import together
from consult.services.tables.tabulating import AGE, LANGUAGE
from consult.services.texts.wording import profile_in_every_language
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED
from safeguards.terms import SPECIALIST, AgeBand, Role

__all__ = [
    "AGE",
    "Choice",
    "Countable",
    "Planned",
    "countable",
    "frozen",
    "has_reference",
    "may_plan",
    "planned",
    "read_plan",
    "save",
    "wider",
]

_PLANNERS = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.INCLUSION)
#: Once a strand is closed its goal stands: nobody moves it to where the arrow hit.
_OPEN_TO_PLANS = BEFORE_SIGNING | SIGNED
_VIEW = "A"


@dataclass(frozen=True, slots=True)
class Choice:
    """A group that can be planned for: its code, its words by language (empty where the code is ours), and whether it
    is a wider group made of others, which a reference population does not list."""

    code: str
    words: Mapping[str, str]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Countable:
    """A dimension that the strand's tables will have, with the groups that can be planned for."""

    key: str
    words: Mapping[str, str]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is stored of a strand's plan; `version` 0 where nothing is yet."""

    targets: tuple[Target, ...] = ()
    references: tuple[Reference, ...] = ()
    invited: int | None = None
    saved_on: date | None = None
    version: int = 0

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group that is planned for or that a reference population has, each once."""
        living = (group for each in self.references for group in each.people)
        return tuple(dict.fromkeys((*(target.group for target in self.targets), *living)))

    def with_population(self, dimensions: tuple[str, ...], reference: Reference | None) -> Planned:
        """The same plan with this reference population of these dimensions instead of the one it has, or with none."""
        others = (each for each in self.references if each.dimensions != dimensions)
        return replace(self, references=(*others, *([reference] if reference else [])))


def countable(strand: Strand) -> tuple[Countable, ...]:
    """What can be planned for: ages in the groups that reports use, languages, and what is asked about the person."""
    form, bands = form_of(strand), _bands(strand)
    ages = tuple(dict.fromkeys(group_of(band, _VIEW) or band for band in bands))
    languages = [each for each in strand.facts.get("languages", ()) if each in form.complete_languages()]
    return (
        Countable(AGE, {}, tuple(Choice(age, {}) for age in ages)),
        Countable(LANGUAGE, {}, tuple(Choice(language, {}) for language in languages)),
        *_asked(profile_in_every_language(form), bands),
    )


def wider(form: Mapping[str, Any]) -> dict[str, Mapping[str, Sequence[str]]]:
    """Coarse labels and their parts for every dimension of a release, from what was frozen with it."""
    groups = {key: dict(words["groups"]) for key, words in form["dimensions"].items()}
    return {AGE: dict(VIEWS[_VIEW]), **groups}


def _bands(strand: Strand) -> tuple[str, ...]:
    return tuple(strand.facts.get("bands") or map(str, AgeBand.touched_by(strand.facts["ages"])))


def _asked(form: Form, bands: tuple[str, ...]) -> Iterator[Countable]:
    for dimension in form.profile:
        offered = {each.id: each for each in dimension.categories if not each.bands or set(each.bands) & set(bands)}
        single = [Choice(each.id, each.text) for each in offered.values() if each.id != PREFER_NOT]
        wide = [
            Choice(label, _joined([offered[each].text for each in members if each in offered]), wide=True)
            for label, members in dimension.groups.items()
            if len(set(members) & set(offered)) > 1
        ]
        yield Countable(dimension.key, dimension.text, (*single, *wide))


def _joined(words: Sequence[Mapping[str, str]]) -> dict[str, str]:
    languages = set.intersection(*(set(each) for each in words))
    return {language: " / ".join(each[language] for each in words) for language in sorted(languages)}


def planned(db: Session, strand_id: str) -> Planned:
    """The plan of a strand; an empty one where nothing was saved."""
    row = db.get(CoveragePlan, strand_id)
    if row is None:
        return Planned()
    targets, references = read_plan(row.plan)
    return Planned(targets, references, row.invited, row.saved_at.date(), row.version)


def may_plan(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may set targets now."""
    if strand.author_id != actor.id and not roles_in(db, actor, strand) & set(_PLANNERS):
        return Ruling(ok=False, why=sentence("A facilitator or the inclusion role says whom this part wants to hear."))
    if strand.state not in _OPEN_TO_PLANS:
        return Ruling(
            ok=False, why=sentence("This part is closed: what was planned stands as it is, so that it can be compared.")
        )
    return Ruling(ok=True)


def save(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, values: Planned, now: datetime
) -> CoveragePlan:
    """Save over the version that was seen. Raises `Invalid`, `Denied`, or `Conflict` when somebody was faster."""
    strand = db.get(Strand, strand_id)
    if strand is None:
        raise NotFound
    may_plan(db, actor, strand).demand()
    _check(strand, values)
    row = db.get(CoveragePlan, strand_id)
    if (row.version if row else 0) != version:
        raise Conflict("Somebody else saved this while you were working on it. Look at what they changed, then save.")
    if row is None:
        row = CoveragePlan(strand_id=strand_id)
        db.add(row)
    row.plan = _plan_json(values)
    row.invited, row.saved_by, row.saved_at = values.invited, actor.id, now
    db.flush()
    record(db, key, actor.id, Verb.COVERAGE_PLANNED, strand_id, now, {"targets": len(values.targets)})
    return row


def _fault(values: Planned) -> str:
    """What whoever fills in the page can have wrong, in their language; all else `check` refuses."""
    groups = [target.group for target in values.targets]
    if any(target.least < 1 for target in values.targets):
        return sentence("Write 1 or more for a group, or leave it empty.")
    if any(len({name for name, _ in group}) < len(group) for group in groups):
        return sentence("People in two groups: choose groups of two kinds, such as an age and a language.")
    if len(set(groups)) < len(groups):
        return sentence("One pair of groups stands here twice: keep one of them.")
    if any(sum(n > 0 for n in each.people.values()) < 1 or len(each.people) < 2 for each in values.references):
        return sentence("How many live there: give the number for at least two groups of one kind.")
    return ""


def _compare(values: Planned) -> None:
    if fault := _fault(values):
        raise Invalid({"": [fault]})
    try:
        check(values.targets, values.references)
    except InvalidInput as error:
        raise Invalid({"": [str(error)]}) from error


def _check(strand: Strand, values: Planned) -> None:
    known = {each.key: {choice.code for choice in each.choices} for each in countable(strand)}
    for target in values.targets:
        if any(label not in known.get(name, ()) for name, label in target.group):
            raise Invalid({"": [sentence("One of the groups is not among those that this part counts.")]})
    _compare(values)
    if values.references and not has_reference(strand):
        raise Invalid(
            {"": ["Nobody knows how many such children there are: a reference population is not given here."]}
        )
    for reference in values.references:
        labels = {pair for group in reference.people for pair in group}
        if any(label not in known.get(name, ()) for name, label in labels) or not reference.source.strip():
            raise Invalid(
                {"": [sentence("Say where the numbers of a reference population are from, and for whom they are.")]}
            )
    if not all(together([name for name, _ in group]) for group in values.groups):
        raise Invalid({"": [sentence("These two are never put together: it could give somebody away.")]})


def _plan_json(values: Planned) -> dict[str, Any]:
    return {
        "targets": [{"group": _pairs(each.group), "least": each.least} for each in values.targets],
        "references": [
            {"source": each.source.strip(), "groups": [[_pairs(group), n] for group, n in each.people.items()]}
            for each in values.references
        ],
    }


def has_reference(strand: Strand) -> bool:
    """Whether anybody can know how many such people there are: without, no gap is computed (inclusion rules)."""
    return strand.audience not in SPECIALIST


def read_plan(plan: Mapping[str, Any]) -> tuple[tuple[Target, ...], tuple[Reference, ...]]:
    """The stored form of a plan, read back."""
    targets = tuple(Target(_group(each["group"]), int(each["least"])) for each in plan["targets"])
    return targets, tuple(_reference(each) for each in plan["references"])


def _reference(stored: Mapping[str, Any]) -> Reference:
    """One population; those of before two-way ones came name their dimension and its categories."""
    if "groups" not in stored:
        return Reference.of(stored["dimension"], stored["source"], stored["people"])
    return Reference(stored["source"], {_group(pairs): int(n) for pairs, n in stored["groups"]})


def _pairs(group: Group) -> list[list[str]]:
    return [list(pair) for pair in group]


def _group(pairs: Sequence[Sequence[str]]) -> Group:
    return tuple(sorted((str(name), str(label)) for name, label in pairs))


def frozen(db: Session, strand: Strand) -> dict[str, Any] | None:
    """What a release keeps of the plan, as it was when the tables were made; None where nothing was planned."""
    row = db.get(CoveragePlan, strand.id)
    if row is None:
        return None
    return {**row.plan, "invited": row.invited, "saved_on": row.saved_at.date().isoformat()}
