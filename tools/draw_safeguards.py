"""Draws docs/reference/safeguards.md and plan.schema.json from the policy and the plan; a test holds both current.

python -m tools.draw_safeguards
"""

from __future__ import annotations

from pathlib import Path

from safeguards.policy import Parameter, Policy, Requirement, Stricter, Validity
from safeguards.policyfile import default
from safeguards.terms import LapseClass, Level, Role

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "safeguards.md"

GROUPS = {
    "TRN": "People",
    "SAF": "Safety",
    "SUP": "Support",
    "ETH": "Ethics and consent",
    "DAT": "Data",
    "INC": "Inclusion",
    "ACC": "Accountability",
    "REP": "Representatives",
}


def drawn_page(policy: Policy) -> str:
    """The page, whole."""
    parts = [_head(policy)]
    for group, title in GROUPS.items():
        rows = [each for key, each in policy.requirements.items() if key.startswith(group)]
        parts.append(f"## {title}\n")
        parts += [_requirement(each) for each in rows]
    parts.append(_parameters(policy))
    parts.append(_sources(policy))
    return "\n".join(parts)


def _head(policy: Policy) -> str:
    roles = ", ".join(f"{role.value} {role.words}" for role in Role if _asked(role, policy))
    levels = {
        Level.HARD: "never waivable by anyone",
        Level.EQUIVALENT: "blocks, but lead and independent approver may accept a written equivalent",
        Level.ADVISORY: "advises; more than P-ADV gaps make a decision conditional",
    }
    classes = {
        LapseClass.HALT: "protection is missing now: halt",
        LapseClass.FINISH_SAFELY: "a document ran out: no new starts, finish safely",
        LapseClass.NOTE: "quality gap: note",
    }
    return _HEAD.format(
        version=policy.version,
        levels="; ".join(f"{level.value}: {words}" for level, words in levels.items()),
        roles=roles,
        classes="; ".join(f"{each.value}: {words}" for each, words in classes.items()),
    )


_HEAD = """# Safeguards: every requirement and every number

Drawn from policy {version} (`safeguards/policies/default.toml`) by `python -m tools.draw_safeguards`; do not edit by
hand. This is not legal advice: a jurisdiction profile (SAF-08) is signed by a local expert, and the whole needs review
by a practising safeguarding lead and by survivors before real use.

**Audiences** G children in general, S child survivors, H children who have displayed harmful sexual behaviour, A adult
survivors, R representatives. **Modes** OI online individual form, OG online group, PG in-person group, PI in-person
individual, RM remote phone or chat; live = all but OI.

**Levels** {levels}. An audience that is not named is not bound. In `LEVEL letters[@condition]` several may match: the
strictest wins.

**Roles** {roles}. Who attests and who verifies are always two people.

**Lapses** {classes}. Taken-back or untrue evidence lapses as C1, always.
"""


def _asked(role: Role, policy: Policy) -> bool:
    return any(role in (*each.attest, *each.verify) for each in policy.requirements.values())


def _requirement(each: Requirement) -> str:
    who = f"{', '.join(role.value for role in each.attest)} → {', '.join(role.value for role in each.verify)}"
    lapses = "; ".join(
        f"{lapse.when} ({lapse.lapse_class.value}{', individual' if lapse.individual else ''}"
        f"{', for that language' if lapse.for_language else ''}{f', {lapse.effect}' if lapse.effect else ''})"
        for lapse in each.lapses
    )
    about = each.scope.value if each.subjects.value == "whole" else f"{each.scope.value} (each of: {_words(each)})"
    lines = [
        f"### {each.id} {each.title}",
        "",
        f"{each.requirement}.",
        "",
        f"- **Why:** {each.why} ({', '.join(each.source)})",
        f"- **Level:** `{each.level}` · **modes:** {each.modes}",
        f"- **Evidence:** {each.evidence} · **{who}** · **about:** {about} · **valid:** {_valid(each.validity)}",
        f"- **Lapses:** {lapses}",
        "",
    ]
    return "\n".join(lines)


def _words(each: Requirement) -> str:
    return each.subjects.value.replace("_", " ")


def _valid(validity: Validity) -> str:
    found = {
        f"{validity.months} months": validity.months,
        f"{validity.days} days": validity.days,
        f"update every {validity.update_months} months": validity.update_months,
        f"at most {validity.days_before_live} days before the first live session": validity.days_before_live,
        f"{validity.days_under_alert} days under an alert": validity.days_under_alert,
        f"as {validity.same_as}": validity.same_as,
        f"until {validity.past_close} past the close": validity.past_close,
    }
    words = [text for text, there in found.items() if there]
    words += [f"{audience}: {days} days" for audience, days in validity.days_for.items()]
    words += [f"per {what}" for what in validity.per]
    return ", ".join(words)


def _parameters(policy: Policy) -> str:
    rows = [_parameter(each) for each in policy.parameters.values()]
    head = [
        "## Numbers",
        "",
        "An organisation may set its own, on the safer side only: the value here is the floor.",
        "",
        "| Key | What | Value | Unit | Safer | Basis |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _parameter(each: Parameter) -> str:
    values = ", ".join(str(value) if case == "default" else f"{case}: {value}" for case, value in each.values.items())
    safer = "↓" if each.stricter is Stricter.LOWER else "↑"
    return f"| `{each.key}` | {each.title} | {values} | {each.unit} | {safer} | {each.basis} |"


def _sources(policy: Policy) -> str:
    lines = [f"- **{key}** {text}" for key, text in policy.sources.items()]
    return "\n".join(["## Sources", "", '"K: …" is a source named from memory, not yet checked.', "", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(drawn_page(default()), encoding="utf-8")
