"""`consult inclusion release`: a protected release from any table with one row a person, without a database."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from consult.commands.output import DONE, FAILED, answers, complain, libraries_aside, progress, say
from consult.commands.releasefiles import NoRelease, read_earlier
from consult.inclusion.audit import audit_release
from consult.inclusion.coverage import Coverage, Target, check, coverage
from consult.inclusion.dimensions import THRESHOLDS, Dimension, InvalidInput, check_dimensions, choose_tables
from consult.inclusion.gathered import is_tie
from consult.inclusion.microdata import Microdata, Spec, dimensions_of, read_people, read_spec
from consult.inclusion.release import Release, ReleaseRefused, begin, release_tables
from consult.inclusion.series import silent
from consult.inclusion.tabulate import tabulate_codes

__all__ = ["add_release"]

_SECONDS = 120
_THREE_WAY_FROM = 100


def add_release(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser."""
    release = actions.add_parser("release", help="protected tables from a CSV file with one row a person")
    release.add_argument(
        "microdata", type=Path, metavar="MICRODATA.csv", help="UTF-8, the first line names the columns"
    )
    release.add_argument(
        "--dimensions",
        type=_names,
        metavar="A,B,C",
        help="the columns to count by; else those of the spec's categories",
    )
    release.add_argument(
        "--sensitive", type=_names, default=(), metavar="C", help="dimensions in which no group may be"
    )
    release.add_argument(
        "--targets", type=Path, metavar="FILE", help="TOML: [[targets]] with group = {A = ..} and least"
    )
    release.add_argument(
        "--previous",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="RELEASE.json",
        help="every earlier release of the series, oldest first",
    )
    release.add_argument("--k", type=int, metavar="K", help="raise the threshold of the class (10 for children)")
    release.add_argument("--spec", type=Path, metavar="FILE", help="TOML: id, series, respondent_class, categories, ..")
    release.add_argument(
        "--seconds",
        type=int,
        default=_SECONDS,
        metavar="N",
        help="how much work to protect and to audit: about as many seconds, the same on every machine",
    )
    answers(release)
    release.set_defaults(run=_run)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for, read and checked."""

    spec: Spec
    names: tuple[str, ...]
    targets: tuple[Target, ...]
    previous: list[dict[str, Any]]
    k: int
    seconds: int


def _run(arguments: argparse.Namespace) -> int:
    try:
        order = _order(arguments)
        people = read_people(arguments.microdata, order.names)
        progress(f"{people.people} rows read; counting, protecting and auditing")
        with libraries_aside():
            release, dimensions = _build(people, order)
    except (InvalidInput, NoRelease) as problem:
        return complain([str(problem)])
    except ReleaseRefused as refused:
        if broken := _that_does_not_hold(arguments.previous, order):
            return complain([f"{broken}: it does not pass the audit itself; give it as it was published"])
        complain([f"{refused}: nothing is released; give more --seconds, fewer dimensions or wider categories"])
        return FAILED
    if arguments.json:
        sys.stdout.write(release.text + "\n")
    else:
        _show(release, _heard(release, order.targets, dimensions))
    return DONE


def _order(arguments: argparse.Namespace) -> _Order:
    if arguments.seconds < 1:
        raise InvalidInput(f"--seconds is {arguments.seconds}: give a whole number from 1 on")
    spec = read_spec(arguments.spec) if arguments.spec else Spec()
    spec = replace(spec, sensitive=tuple(dict.fromkeys((*spec.sensitive, *arguments.sensitive))))
    names = arguments.dimensions or tuple(spec.categories)
    if not names:
        raise InvalidInput("--dimensions: name the columns to count by, for example --dimensions age,gender")
    floor = THRESHOLDS.get(spec.respondent_class or "child", 0)
    return _Order(
        spec=spec,
        names=names,
        targets=_targets(arguments.targets) if arguments.targets else (),
        previous=[read_earlier(path) for path in arguments.previous],
        k=next(given for given in (arguments.k, spec.k, floor) if given is not None),
        seconds=arguments.seconds,
    )


def _build(people: Microdata, order: _Order) -> tuple[Release, Sequence[Dimension]]:
    spec = order.spec
    dimensions = dimensions_of(people, order.names, spec, _categories(order.previous), order.k)
    check_dimensions(dimensions)
    _must_be_known(order.targets, dimensions)
    _must_say_whom(order, dimensions)
    series = spec.series or (str(order.previous[0].get("series")) if order.previous else "inclusion")
    name = spec.id or f"{series}-{len(order.previous) + 1}"
    heading, before = begin(name, series, spec.respondent_class or "child", order.k, dimensions, order.previous)
    wanted = _tables(dimensions, people.people, order)
    counted = tabulate_codes(people.coded(dimensions), dimensions, wanted)
    return release_tables(heading, counted, chosen=True, left=order.seconds, before=before), dimensions


def _tables(dimensions: Sequence[Dimension], people: int, order: _Order) -> tuple[tuple[str, ...], ...]:
    """Those of the spec with those the targets ask for; without a spec all of one and two, from 100 on of three."""
    wanted = choose_tables(dimensions, order.spec.tables, most=3 if people >= _THREE_WAY_FROM else 2)
    aimed = [tuple(name for name, _ in target.group) for target in order.targets]
    return choose_tables(dimensions, (*wanted, *aimed))


def _must_be_known(targets: Sequence[Target], dimensions: Sequence[Dimension]) -> None:
    known = {one.name: (*one.categories, *one.groups) for one in dimensions}
    for name, label in (each for target in targets for each in target.group):
        if name in known and label not in known[name]:
            raise InvalidInput(f"targets: {name!r} has no category {label!r}; use one of {', '.join(known[name])}")


def _must_say_whom(order: _Order, dimensions: Sequence[Dimension]) -> None:
    """Earlier releases did not always say whom they did not ask; nothing safe follows on one where nobody says it."""
    said = {one.name for one in dimensions if one.not_asked_of} | set(order.spec.not_asked_of)
    for name in sorted(name for release in order.previous for name in silent(release) - said):
        raise InvalidInput(
            f"an earlier release does not say of whom {name!r} was not asked: say it in the spec "
            f"under not_asked_of, {{}} where no other column decides it"
        )


def _that_does_not_hold(paths: Sequence[Path], order: _Order) -> Path | None:
    """The first earlier release that fails its own audit: then the fault is not with the new one."""
    for place, path in enumerate(paths):
        progress(f"Auditing {path}")
        with libraries_aside():
            verdict = audit_release(order.previous[place], order.seconds, previous=order.previous[:place], most=1)
        if not verdict.ok:
            return path
    return None


def _categories(previous: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The categories of earlier releases; whether these can be read at all is looked at later."""
    try:
        return {one["name"]: tuple(one["categories"]) for release in previous for one in release["dimensions"]}
    except (KeyError, TypeError) as problem:
        raise InvalidInput("an earlier release does not say its dimensions; give it as it was published") from problem


def _targets(path: Path) -> tuple[Target, ...]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        targets = tuple(Target(tuple(one["group"].items()), one["least"]) for one in given["targets"])
        check(targets, ())
    except OSError as problem:
        raise InvalidInput(f"{path}: {problem.strerror or problem}: name a file that can be read") from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InvalidInput(f"{path}: not TOML ({problem}): mend the line it names") from problem
    except (AttributeError, KeyError, TypeError) as problem:
        raise InvalidInput(
            f"{path}: give [[targets]], each with group = {{dimension = category}} and least"
        ) from problem
    return targets


def _heard(release: Release, targets: tuple[Target, ...], dimensions: Sequence[Dimension]) -> Coverage | None:
    return coverage(release.json, targets, (), {one.name: one.groups for one in dimensions}) if targets else None


def _show(release: Release, heard: Coverage | None) -> None:
    told = release.json["audit"]
    say(f"Release {release.json['id']} of series {release.json['series']}, k {release.json['k']}, passed its audit:")
    narrowest = f", narrowest range {told['narrowest']}" if told["narrowest"] is not None else ""
    say(f"  {told['cells']} cells, {told['withheld']} withheld{narrowest}")
    if not release.json["tables"]:
        say("  A few people took part: no number is told.")
    for table in release.json["tables"]:
        if is_tie(table["dimensions"]):
            continue  # for an audit: it tells how the largest group and the categories hang together, and no more
        say(f"  {' x '.join(table['dimensions']) or 'everybody'}")
        for cell in table["cells"]:
            labels = ", ".join("all" if label == "*" else label for label in cell["at"]) or "all"
            say(f"    {labels}: {'withheld' if cell['count'] is None else cell['count']}")
    for row in heard.rows if heard else ():
        where = ", ".join(f"{name} {label}" for name, label in row.group)
        say(f"  target {row.target} for {where}: {row.reach}")
