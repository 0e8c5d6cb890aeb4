"""Reads a policy from TOML and refuses what is unknown, missing or less safe, with where and the mend.

``default()`` is the policy that ships. ``load(text)`` is an organisation's own file, which names only what it tightens:
parameters towards their safer side, levels upwards, modes wider, validity shorter.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from .levels import parse_level, parse_modes, weakens
from .policy import Lapse, Parameter, Policy, Requirement, Stricter, Subjects, Validity
from .said import said
from .terms import LapseClass, Role, Scope

__all__ = ["Numbers", "PolicyError", "default", "load", "read_whole", "tightened"]

#: Parameter → case → number.
Numbers = Mapping[str, Mapping[str, int]]

E = TypeVar("E", bound=StrEnum)
_LIMITS = ("months", "days", "update_months", "days_before_live", "days_under_alert")
_TEXTS = ("title", "requirement", "why", "evidence")
_REQUIREMENT_KEYS = frozenset({*_TEXTS, "attest", "verify", "scope", "subjects", "validity", "level", "modes"})
_WHOLE_KEYS = _REQUIREMENT_KEYS | {"lapses", "source"}
_PARAMETER_KEYS = frozenset({"title", "unit", "stricter", "value", "values", "floor", "floors", "basis", "least"})


class PolicyError(ValueError):
    """A policy that cannot be used: where, what is wrong, the mend."""

    def __init__(self, where: str, wrong: str, mend: str) -> None:
        super().__init__(f"policy, {where}: {wrong}; {mend}")
        self.where, self.wrong, self.mend = where, wrong, mend


@cache
def default() -> Policy:
    """The policy that ships, parsed once."""
    text = resources.files(__package__).joinpath("policies", "default.toml").read_text("utf-8")
    return read_whole(text)


def load(text: str) -> Policy:
    """An organisation's policy: the default, tightened by what the file names. Raises PolicyError."""
    base = default()
    raw = _toml(text)
    _known(raw, frozenset({"version", "parameters", "requirements"}), "top level")
    parameters = dict(base.parameters)
    for key, value in _table(raw, "parameters", "top level").items():
        parameters[key] = _tightened_parameter(base, key, value)
    requirements = dict(base.requirements)
    for key, value in _table(raw, "requirements", "top level").items():
        requirements[key] = _tightened_requirement(base, key, value)
    return Policy(
        version=f"{base.version}+{_text(raw, 'version', 'top level') if 'version' in raw else 'own'}",
        requirements=_with_numbers(requirements, parameters),
        parameters=parameters,
        sources=base.sources,
        digest=_digest(base.digest + text),
    )


def tightened(numbers: Numbers, version: str) -> Policy:
    """The policy that ships with these numbers in the place of its own. Raises PolicyError."""
    lines = [f"version = {json.dumps(version)}"]
    for key, cases in sorted(numbers.items()):
        lines.append(f"[parameters.{json.dumps(key)}]")
        lines += [f"{json.dumps(case)} = {value}" for case, value in sorted(cases.items())]
    return load("\n".join(lines))


def read_whole(text: str) -> Policy:
    """A complete policy, not measured against another. Raises PolicyError."""
    raw = _toml(text)
    _known(raw, frozenset({"version", "parameters", "requirements", "sources"}), "top level")
    sources = _table(raw, "sources", "top level")
    requirements = {
        key: _requirement(key, value, sources) for key, value in _table(raw, "requirements", "top level").items()
    }
    parameters = {key: _parameter(key, value) for key, value in _table(raw, "parameters", "top level").items()}
    _complete(requirements, parameters)
    return Policy(
        version=_text(raw, "version", "top level"),
        requirements=_with_numbers(requirements, parameters),
        parameters=parameters,
        sources=sources,
        digest=_digest(text),
    )


def _complete(requirements: Mapping[str, Requirement], parameters: Mapping[str, Parameter]) -> None:
    """Nothing that another part of the policy, or the code, counts on may be absent."""
    groups = {"TRN": 12, "SAF": 22, "SUP": 9, "ETH": 7, "DAT": 7, "INC": 5, "ACC": 4, "REP": 4}
    for key in (f"{group}-{n:02}" for group, count in groups.items() for n in range(1, count + 1)):
        if key not in requirements:
            raise PolicyError("requirements", f"{key} is missing", "add it: all 70 requirements are needed")
    for requirement in requirements.values():
        named = requirement.validity.past_close
        if named and named not in parameters:
            raise PolicyError(f"requirements.{requirement.id}.validity", f"{named} is missing", "add the parameter")
        if requirement.validity.same_as and requirement.validity.same_as not in requirements:
            raise PolicyError(f"requirements.{requirement.id}.validity", "same_as names nothing", "name a requirement")


def _with_numbers(
    requirements: Mapping[str, Requirement], parameters: Mapping[str, Parameter]
) -> dict[str, Requirement]:
    """The requirements as they read with these numbers: ``%(P_AFTER)s`` in a sentence, ``%(P_AFTER_A)s`` for a case.

    Raises PolicyError.
    """
    numbers = {
        (key if case == "default" else f"{key}_{case}").replace("-", "_"): value
        for key, parameter in parameters.items()
        for case, value in parameter.values.items()
    }
    return {key: _read_with(each, numbers) for key, each in requirements.items()}


def _read_with(requirement: Requirement, numbers: Mapping[str, int]) -> Requirement:
    words: dict[str, Any] = {}
    for name in ("requirement", "evidence"):
        pattern = getattr(requirement, name).pattern
        named = _NUMBER.findall(pattern)
        if unknown := [each for each in named if each not in numbers]:
            raise PolicyError(f"requirements.{requirement.id}.{name}", f"{unknown[0]} is unknown", "name a parameter")
        words[name] = said(pattern, **{each: numbers[each] for each in named})
    return replace(requirement, **words)


_NUMBER = re.compile(r"%\((\w+)\)s")


# ---- parameters


def _parameter(key: str, raw: object) -> Parameter:
    where = f"parameters.{key}"
    table = _as_table(raw, where)
    _known(table, _PARAMETER_KEYS, where)
    values = _numbers(table, "value", "values", where)
    if not values:
        raise PolicyError(where, "it has no value", "give value = … or values = { … }")
    parameter = Parameter(
        key=key,
        title=_text(table, "title", where),
        unit=_text(table, "unit", where),
        stricter=_word(Stricter, table.get("stricter"), f"{where}.stricter"),
        values=values,
        floors=values | _numbers(table, "floor", "floors", where),
        basis=_text(table, "basis", where),
        least=_number(table.get("least", 0), f"{where}.least"),
    )
    _refuse_loose(parameter, values, where)
    return parameter


def _tightened_parameter(base: Policy, key: str, raw: object) -> Parameter:
    where = f"parameters.{key}"
    if key not in base.parameters:
        raise PolicyError(where, "this parameter is unknown", f"use one of: {', '.join(base.parameters)}")
    parameter = base.parameters[key]
    given = _as_table(raw, where) if isinstance(raw, dict) else {"default": raw}
    _known(given, frozenset(parameter.values), where)
    values = {case: _number(value, f"{where}.{case}") for case, value in given.items()}
    _refuse_loose(parameter, values, where)
    return replace(parameter, values={**parameter.values, **values})


def _refuse_loose(parameter: Parameter, values: Mapping[str, int], where: str) -> None:
    for case, value in values.items():
        if value < parameter.least:
            raise PolicyError(
                f"{where}.{case}", f"{value} {parameter.unit} means nothing", f"at least {parameter.least}"
            )
        if parameter.looser(case, value):
            side = "at most" if parameter.stricter is Stricter.LOWER else "at least"
            mend = f"set it to {side} {parameter.floors[case]} ({parameter.basis})"
            raise PolicyError(f"{where}.{case}", f"{value} {parameter.unit} is less safe than the floor", mend)


def _numbers(table: Mapping[str, Any], one: str, many: str, where: str) -> dict[str, int]:
    numbers = {"default": _number(table[one], f"{where}.{one}")} if one in table else {}
    if many in table:
        given = _as_table(table[many], f"{where}.{many}")
        numbers |= {case: _number(value, f"{where}.{many}.{case}") for case, value in given.items()}
    return numbers


# ---- requirements


def _requirement(key: str, raw: object, sources: Mapping[str, str]) -> Requirement:
    where = f"requirements.{key}"
    table = _as_table(raw, where)
    _known(table, _WHOLE_KEYS, where)
    for name in sorted(_WHOLE_KEYS - table.keys()):
        raise PolicyError(f"{where}.{name}", "this is missing", "add it")
    for source in table["source"]:
        if source not in sources and not source.startswith("K: "):
            raise PolicyError(f"{where}.source", f"{source} is not in [sources]", "add it there or write 'K: …'")
    attest, verify = _roles(table, where)
    return Requirement(
        id=key,
        title=_text(table, "title", where),
        requirement=said(_text(table, "requirement", where)),
        why=_text(table, "why", where),
        evidence=said(_text(table, "evidence", where)),
        attest=attest,
        verify=verify,
        scope=_word(Scope, table["scope"], f"{where}.scope"),
        subjects=_word(Subjects, table["subjects"], f"{where}.subjects"),
        validity=_validity(table["validity"], where),
        level=table["level"],
        rules=_parsed(parse_level, table["level"], f"{where}.level"),
        modes=table["modes"],
        mode_rule=_parsed(parse_modes, table["modes"], f"{where}.modes"),
        lapses=tuple(_lapse(lapse, f"{where}.lapses") for lapse in table["lapses"]),
        source=tuple(table["source"]),
    )


def _tightened_requirement(base: Policy, key: str, raw: object) -> Requirement:
    where = f"requirements.{key}"
    if key not in base.requirements:
        raise PolicyError(where, "this requirement is unknown", "use one of the ids of the default policy")
    old = base.requirements[key]
    table = _as_table(raw, where)
    _known(table, frozenset({"level", "modes", "validity", "attest", "verify"}), where)
    _same_roles(old, table, where)
    return replace(old, **_tightened_level(old, table, where), validity=_tightened_validity(old.validity, table, where))


def _same_roles(old: Requirement, table: Mapping[str, Any], where: str) -> None:
    attest, verify = _roles({"attest": list(old.attest), "verify": list(old.verify), **table}, where)
    if (attest, verify) != (old.attest, old.verify):
        asked = f"{', '.join(old.attest)} attests and {', '.join(old.verify)} verifies"
        raise PolicyError(where, "the roles differ from the default policy", f"leave them out: {asked}")


def _tightened_level(old: Requirement, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "level" in table:
        rules = _parsed(parse_level, table["level"], f"{where}.level")
        weaker = weakens(rules, old.rules)
        if weaker is not None:
            wrong = f"'{table['level']}' binds {weaker.value} less than the default '{old.level}'"
            raise PolicyError(f"{where}.level", wrong, "keep or raise every level")
        changes = {"level": table["level"], "rules": rules}
    if "modes" in table:
        rule = _parsed(parse_modes, table["modes"], f"{where}.modes")
        if not rule.modes >= old.mode_rule.modes or (rule.chat_only and not old.mode_rule.chat_only):
            wrong = f"'{table['modes']}' covers fewer modes than '{old.modes}'"
            raise PolicyError(f"{where}.modes", wrong, "keep or widen the modes")
        rule = replace(rule, triage_in_forms=rule.triage_in_forms and old.mode_rule.triage_in_forms)
        changes |= {"modes": table["modes"], "mode_rule": rule}
    return changes


def _validity(raw: object, where: str) -> Validity:
    place = f"{where}.validity"
    table = _as_table(raw, place)
    _known(table, frozenset(field.name for field in fields(Validity)), place)
    given: dict[str, Any] = {name: _number(table[name], f"{place}.{name}") for name in _LIMITS if name in table}
    days_for = _as_table(table.get("days_for", {}), f"{place}.days_for")
    given["days_for"] = {case: _number(value, f"{place}.days_for.{case}") for case, value in days_for.items()}
    given |= {name: _text(table, name, place) for name in ("past_close", "same_as") if name in table}
    return Validity(**given, per=tuple(table.get("per", ())))


def _tightened_validity(old: Validity, table: Mapping[str, Any], where: str) -> Validity:
    if "validity" not in table:
        return old
    place = f"{where}.validity"
    given = _as_table(table["validity"], place)
    _known(given, frozenset(_LIMITS), place)
    values: dict[str, Any] = {name: _number(value, f"{place}.{name}") for name, value in given.items()}
    for name, value in values.items():
        limit = getattr(old, name)
        if limit is not None and value > limit:
            raise PolicyError(f"{place}.{name}", f"{value} is longer than the default", f"set it to at most {limit}")
    return replace(old, **values)


def _lapse(raw: object, where: str) -> Lapse:
    table = _as_table(raw, where)
    _known(table, frozenset({"when", "class", "individual", "for_language", "effect"}), where)
    return Lapse(
        when=_text(table, "when", where),
        lapse_class=_word(LapseClass, table.get("class"), f"{where}.class"),
        individual=table.get("individual", False) is True,
        for_language=table.get("for_language", False) is True,
        effect=table.get("effect", ""),
    )


def _roles(table: Mapping[str, Any], where: str) -> tuple[tuple[Role, ...], tuple[Role, ...]]:
    attest = tuple(_word(Role, role, f"{where}.attest") for role in _list(table["attest"], f"{where}.attest"))
    verify = tuple(_word(Role, role, f"{where}.verify") for role in _list(table["verify"], f"{where}.verify"))
    if not attest or not verify or set(attest) & set(verify):
        raise PolicyError(where, "the same role may attest and verify, or nobody may", "name two different roles")
    return attest, verify


# ---- reading


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError("TOML", str(error), "mend the line") from error


def _known(table: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise PolicyError(f"{where}.{key}", "this key is unknown", f"use one of: {', '.join(sorted(known))}")


def _table(raw: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    return _as_table(raw.get(key, {}), f"{where}.{key}")


def _as_table(raw: object, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise PolicyError(where, f"{raw!r} is not a table", "write it as a table")
    return raw


def _list(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise PolicyError(where, f"{raw!r} is not a list", "write it as a list [ … ]")
    return raw


def _number(raw: object, where: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= _MOST:
        raise PolicyError(where, f"{raw!r} cannot be read", f"give a whole number from 0 to {_MOST}")
    return raw


_MOST = 10_000  # months, hours, people …: more means nothing, and times would run out of the calendar


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise PolicyError(f"{where}.{key}", "a text is missing", "write it in quotes")
    return value


def _word(words: type[E], raw: object, where: str) -> E:
    if raw not in tuple(words):
        raise PolicyError(where, f"{raw!r} is unknown", f"use one of: {', '.join(words)}")
    return words(str(raw))


T = TypeVar("T")


def _parsed(parse: Callable[[str], T], raw: object, where: str) -> T:
    try:
        return parse(str(raw))
    except ValueError as error:
        raise PolicyError(where, str(error), "mend it as the default policy writes it") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
