"""`consult questionnaire`: XLSForm in and out, and the word check of one, without a database."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from consult.commands.output import DONE, FAILED, answer, answers, complain
from consult.commands.planreading import Unreadable, read_policy
from consult.errors import Invalid
from consult.questionnaire.bands import OLDEST
from consult.questionnaire.bank import compose_set, default_sets
from consult.questionnaire.content import shipped_languages
from consult.questionnaire.question import Topic
from consult.questionnaire.xlsform import Row, Taken
from consult.services.texts.linting import lint_report
from consult.services.texts.xlsformfile import read_file, write_file
from safeguards.questions import Finding, Severity
from safeguards.terms import Audience

__all__ = ["register"]

_AGES = re.compile(r"(\d{1,3})-(\d{1,3})")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    actions = commands.add_parser("questionnaire", help="XLSForm in and out, and the word check").add_subparsers(
        required=True, metavar="ACTION"
    )
    brought = actions.add_parser("import", help="what can be asked of an XLSForm, row by row; nothing is stored")
    brought.set_defaults(run=_import)
    linted = actions.add_parser("lint", help="the word check of an XLSForm; exit code 1 on any error")
    linted.add_argument(
        "--audience", type=Audience, choices=list(Audience), default=Audience.CHILDREN, help="default G"
    )
    linted.add_argument("--ages", default="13-17", metavar="FROM-TO", help="who is asked; default 13-17")
    linted.add_argument("--policy", type=Path, metavar="FILE", help="TOML file with what an organisation tightens")
    linted.set_defaults(run=_lint)
    for action in (brought, linted):
        action.add_argument("file", type=Path, metavar="FILE.xlsx", help="with the sheets survey and choices")
        action.add_argument("--topic", type=Topic, choices=list(Topic), help="of rows that name none in consult_topic")
        answers(action)
    written = actions.add_parser("export", help="a ready set of questions as an XLSForm")
    written.add_argument("set", choices=list(default_sets()), metavar="SET", help=f"one of {', '.join(default_sets())}")
    written.add_argument("file", type=Path, metavar="FILE.xlsx", help="written anew")
    written.add_argument("--languages", default="en", metavar="en,ar", help="the source first; default en")
    answers(written)
    written.set_defaults(run=_export)


def _read(arguments: argparse.Namespace) -> Taken:
    """Raises `Invalid`."""
    try:
        content = arguments.file.read_bytes()
    except OSError as error:
        raise Invalid({str(arguments.file): [f"{error.strerror}: give the file of an XLSForm"]}) from error
    return read_file(content, topic=arguments.topic)


def _import(arguments: argparse.Namespace) -> int:
    taken = _read(arguments)
    told = {
        "file": str(arguments.file),
        "languages": list(taken.languages),
        "left_out": list(taken.left_out),
        "rows": [_row(row) for row in taken.rows],
        "questions": taken.form.to_json()["questions"],
    }
    answer(arguments, told, *_lines(taken))
    return DONE


def _row(row: Row) -> dict[str, Any]:
    asked = row.question.id if row.question else None
    return {"row": row.number, "type": row.type, "name": row.name, "question": asked, "why": list(row.why)}


def _lines(taken: Taken) -> Iterator[str]:
    yield f"{len(taken.questions)} of {len(taken.rows)} rows can be asked, in {', '.join(taken.languages)}"
    for language in taken.left_out:
        yield f"Left out: words in {language}"
    for row in taken.rows:
        outcome = row.question.id if row.question else "left out"
        yield f"row {row.number}: {row.type} {row.name}: {outcome}{''.join(f'. {why}'.rstrip('.') for why in row.why)}"


def _lint(arguments: argparse.Namespace) -> int:
    ages = _AGES.fullmatch(arguments.ages)
    youngest, oldest = (int(ages.group(1)), int(ages.group(2))) if ages else (0, -1)
    if not youngest <= oldest <= OLDEST:
        return complain([f"--ages is {arguments.ages}: give the youngest and the oldest, such as 13-17"])
    try:
        policy = read_policy(arguments.policy)
    except Unreadable as error:
        return complain(error.problems)
    taken = _read(arguments)
    if not taken.questions:
        raise Invalid({"file": ["no row can be asked; `consult questionnaire import` says why"]})
    found = lint_report(taken.form, arguments.audience, (youngest, oldest), policy)
    told = {"file": str(arguments.file), "findings": [asdict(each) for each in found]}
    answer(arguments, told, *(_line(each) for each in found))
    return FAILED if any(each.severity is Severity.ERROR for each in found) else DONE


def _line(found: Finding) -> str:
    where = found.question or "the whole form"
    return f"{found.severity.value}: {where} ({found.language}): {found.message}; mend: {found.mend}"


def _export(arguments: argparse.Namespace) -> int:
    languages = [each.strip() for each in arguments.languages.split(",")]
    unknown = [each for each in languages if each not in shipped_languages()]
    if unknown or len(set(languages)) < len(languages):
        return complain(
            [f"--languages is {arguments.languages}: name some of {', '.join(shipped_languages())}, each once"]
        )
    if not arguments.file.parent.is_dir():
        return complain([f"{arguments.file}: there is no folder {arguments.file.parent}: choose one that is there"])
    form = compose_set(arguments.set, languages)
    arguments.file.write_bytes(write_file(form, arguments.set))
    told = {"file": str(arguments.file), "set": arguments.set, "languages": languages, "questions": len(form.questions)}
    answer(arguments, told, f"{len(form.questions)} questions in {arguments.file}")
    return DONE
