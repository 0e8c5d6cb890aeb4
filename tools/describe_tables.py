"""Write docs/reference/database.md: every table, its columns, and the rules that the database itself keeps."""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script sees its own folder only

from sqlalchemy import CheckConstraint, Column, Engine, ForeignKey, ForeignKeyConstraint, Table, UniqueConstraint  # noqa: E402

from consult.database import connect, upgrade  # noqa: E402
from consult.models import Base  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "database.md"
HEAD = """# The database

Every table, its columns, and the rules that stand in the database itself, so that no mistake in the application can
break them. `tests/models/test_invariants.py` attacks them with plain SQL, on SQLite and on PostgreSQL.
This page is written by `tools/describe_tables.py`; a test says when it is out of date.

*key* = part of the primary key · `?` = may be empty · → = must exist there.
"""
_COUNTED = "a change counts as a new edition of what participants may see"
_GUARD = re.compile(r"BEFORE (\w+) .*RAISE\(ABORT, '(.+?)'\)", re.DOTALL)


def describe() -> str:
    """The whole page, from the models and from a database made by the migrations."""
    guards = _guards()
    classes = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    parts = [HEAD]
    for name, table in sorted(Base.metadata.tables.items()):
        parts += [f"## {name}\n", f"{' '.join((classes[name].__doc__ or '').split())}\n"]
        parts.append(", ".join(_column(column) for column in table.columns) + ".\n")
        rules = [*_constraints(table), *guards.get(name, [])]
        parts += ["\n".join(f"- {rule}" for rule in rules) + "\n"] * bool(rules)
    return "\n".join(parts)


def _column(column: Column[object]) -> str:
    notes = ["*key*"] * column.primary_key + [f"→ {key.column.table.name}" for key in _own_keys(column)]
    return " ".join([f"`{column.name}`" + "?" * bool(column.nullable), *notes])


def _own_keys(column: Column[object]) -> list[ForeignKey]:
    return [key for key in column.foreign_keys if key.constraint is not None and len(key.constraint.columns) == 1]


def _constraints(table: Table) -> Iterator[str]:
    ours = sorted(table.constraints, key=lambda constraint: str(constraint.name))
    for constraint in ours:
        if isinstance(constraint, CheckConstraint):
            words = str(constraint.name).removeprefix(f"ck_{table.name}_").replace("_", " ")
            yield f"{words}: `{' '.join(str(constraint.sqltext).split())}`"
        elif isinstance(constraint, ForeignKeyConstraint) and len(constraint.columns) > 1:
            yield f"{_listed(constraint)} together → {constraint.referred_table.name}"
        elif isinstance(constraint, UniqueConstraint) and not set(table.primary_key) <= set(constraint.columns):
            yield f"{_listed(constraint)} only once"


def _listed(constraint: ForeignKeyConstraint | UniqueConstraint) -> str:
    return ", ".join(f"`{column.name}`" for column in constraint.columns)


def _guards() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/described.sqlite")
        upgrade(engine)
        found = _triggers(engine)
        engine.dispose()
    guards: dict[str, list[str]] = {}
    for table, sql in found:
        refused = _GUARD.findall(sql)
        rule = "guard on {}: {}".format(*refused[0]) if refused else _COUNTED
        if rule != _COUNTED or rule not in guards.get(table, []):
            guards.setdefault(table, []).append(rule)
    return guards


def _triggers(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        )
        return [(table, sql) for table, sql in rows]


if __name__ == "__main__":
    PAGE.write_text(describe(), encoding="utf-8")
