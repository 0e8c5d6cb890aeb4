"""The policy: whole, sourced, and only ever tightened; everything else is refused with its place and mend."""

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.levels import Condition, Rule, parse_level, parse_modes, strictest, weakens
from safeguards.plan import RemoteKind
from safeguards.policyfile import PolicyError, default, load, read_whole
from safeguards.terms import Audience, Level, Mode, Scope
from tests.safeguards.plans import children_form, plan

CODE = [
    path.read_text("utf-8") for package in ("safeguards", "consult") for path in Path(str(files(package))).rglob("*.py")
]
TEXT = files("safeguards").joinpath("policies", "default.toml").read_text("utf-8")
POLICY = default()
NONE: frozenset[Condition] = frozenset()


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as refusal:
        load(text)
    return refusal.value


def test_all_seventy_requirements_and_the_parameters_are_there():
    assert len(POLICY.requirements) == 70
    assert len(POLICY.parameters) == 37
    assert POLICY.p("P-TAIL") == 72
    assert (POLICY.p("P-TEST", "G"), POLICY.p("P-TEST", "S")) == (30, 7)


@pytest.mark.parametrize("requirement", POLICY.requirements.values(), ids=lambda requirement: requirement.id)
def test_every_requirement_has_a_title_a_source_two_roles_and_a_lapse(requirement):
    assert requirement.title
    assert not requirement.title.endswith(".")
    assert all(source in POLICY.sources or source.startswith("K: ") for source in requirement.source)
    assert requirement.source
    assert set(requirement.attest).isdisjoint(requirement.verify)
    assert requirement.lapses
    assert requirement.rules


@pytest.mark.parametrize("key", POLICY.parameters)
def test_no_number_is_a_promise_that_nothing_reads(key: str):
    """Somewhere in the code it is asked for by its name, or the words or the age of a proof follow it."""
    read = [f'"{key}"' in text for text in CODE]
    said = [f"%({key.replace('-', '_')}" in TEXT, f'past_close = "{key}"' in TEXT]
    assert any((*read, *said))


def test_words_of_a_requirement_follow_the_numbers():
    own = load("[parameters.P-AFTER]\ndefault = 120\n[parameters.P-RPN]\ndefault = 25")
    assert "at least 120 days" in own.requirements["SUP-08"].requirement
    assert "at least 25 such children" in own.requirements["REP-01"].requirement
    assert "at least 90 days" in POLICY.requirements["SUP-08"].requirement


def test_every_scope_of_the_design_is_used():
    assert {requirement.scope for requirement in POLICY.requirements.values()} == set(Scope)


@pytest.mark.parametrize("key", POLICY.parameters)
def test_every_parameter_can_be_tightened_and_never_loosened(key: str):
    parameter = POLICY.parameters[key]
    for case, value in parameter.values.items():
        looser, tighter = (1, -1) if parameter.stricter == "lower" else (-1, 1)
        error = refused(f'[parameters.{key}]\n"{case}" = {value + looser}')
        assert f"{key}.{case}" in str(error)
        assert str(value) in error.mend
        assert load(f'[parameters.{key}]\n"{case}" = {value + tighter}').p(key, case) == value + tighter


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[parameters]\nP-WAIT = 3", "parameters.P-WAIT"),
        ("colour = 1", "top level.colour"),
        ("[requirements.SAF-99]\nlevel = 'HARD G'", "requirements.SAF-99"),
        ("[requirements.SAF-01]\nscope = 'strand'", "requirements.SAF-01.scope"),
        ("[requirements.SAF-01]\nlevel = 'EQ GSHAR'", "requirements.SAF-01.level"),
        ("[requirements.SAF-01]\nlevel = 'HARD GSH'", "requirements.SAF-01.level"),
        ("[requirements.SAF-01]\nlevel = 'HARD GSHX'", "requirements.SAF-01.level"),
        ("[requirements.SAF-01]\nlevel = 'HARD GSH@sundays'", "requirements.SAF-01.level"),
        ("[requirements.SUP-01]\nlevel = 'HARD SH,G@live; EQ GA; ADV R'", "requirements.SUP-01.level"),
        ("[requirements.SAF-05]\nmodes = 'OG'", "requirements.SAF-05.modes"),
        ("[requirements.SAF-12]\nmodes = 'OI OG'", "requirements.SAF-12.modes"),
        ("[requirements.SAF-01]\nvalidity = { months = 25 }", "requirements.SAF-01.validity.months"),
        ("[requirements.SAF-01]\nvalidity = { years = 1 }", "requirements.SAF-01.validity.years"),
        ("[requirements.SAF-01]\nattest = ['IA']", "requirements.SAF-01"),
        ("[requirements.SAF-01]\nattest = ['SL']", "requirements.SAF-01"),
        ("[parameters.P-RATIO]\nS = 0", "parameters.P-RATIO.S"),
        ("[parameters.P-RATIO]\nS = 'two'", "parameters.P-RATIO.S"),
        ("[parameters]\nP-RATIO = 2", "parameters.P-RATIO.default"),
        ("parameters = 3", "top level.parameters"),
        ("[parameters", "TOML"),
    ],
)
def test_what_is_unknown_or_looser_is_refused_with_its_place(text: str, where: str):
    error = refused(text)
    assert error.where == where
    assert error.wrong
    assert error.mend


def test_an_organisation_may_raise_widen_and_shorten():
    own = load(
        "version = 'o-1'\n"
        "[requirements.INC-04]\nlevel = 'HARD GSHAR'\n"
        "[requirements.SAF-05]\nmodes = 'all'\n"
        "[requirements.SAF-01]\nvalidity = { months = 12, days = 300 }\n"
    )
    strand = plan(children_form()).plan.strand
    assert own.requirements["INC-04"].level_for(strand) is Level.HARD
    assert POLICY.requirements["INC-04"].level_for(strand) is Level.ADVISORY
    assert own.requirements["SAF-05"].level_for(strand) is Level.HARD
    assert POLICY.requirements["SAF-05"].level_for(strand) is None
    assert own.requirements["SAF-01"].validity.months == 12
    assert own.version.endswith("+o-1")
    assert own.digest != POLICY.digest


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("[requirements.SAF-02]", "[requirements.SAF-23]", "requirements"),
        ('verify = ["IA"]', 'verify = ["OM"]', "requirements.TRN-02"),
        ('title = "Two-adult rule"\n', "", "requirements.SAF-04.title"),
        ('source = ["V-13"]', 'source = ["V-99"]', "requirements.TRN-06.source"),
        ('same_as = "SAF-08"', 'same_as = "SAF-88"', "requirements.ETH-05.validity"),
        ("[parameters.P-TAIL]", "[parameters.P-TALE]", "requirements.SUP-01.validity"),
        ('class = "C2"', 'class = "C9"', "requirements.TRN-01.lapses.class"),
        ('scope = "person"', 'scope = "planet"', "requirements.TRN-01.scope"),
    ],
)
def test_a_whole_policy_with_a_hole_is_refused(old: str, new: str, where: str):
    with pytest.raises(PolicyError) as refusal:
        read_whole(TEXT.replace(old, new, 1))
    assert refusal.value.where == where


def test_the_strictest_matching_level_wins():
    rules = parse_level("HARD SH,G@T2; EQ GA; ADV R")
    about_harm = frozenset({Condition.HARM_TOPIC})
    assert strictest(rules, Audience.CHILDREN, NONE) is Level.EQUIVALENT
    assert strictest(rules, Audience.CHILDREN, about_harm) is Level.HARD
    assert strictest(rules, Audience.ADULT_SURVIVORS, about_harm) is Level.EQUIVALENT
    assert strictest(parse_level("HARD S"), Audience.CHILDREN, NONE) is None


@given(st.permutations(parse_level("HARD SH,G@T2,G@<13; EQ GA; ADV GR")))
def test_the_order_of_rules_does_not_matter(rules: list[Rule]):
    assert strictest(rules, Audience.CHILDREN, NONE) is Level.EQUIVALENT
    assert strictest(rules, Audience.CHILDREN, frozenset({Condition.UNDER_13})) is Level.HARD


def test_weakening_is_seen_under_any_condition():
    assert weakens(parse_level("HARD G"), parse_level("HARD G@T2; EQ G")) is None
    assert weakens(parse_level("EQ G"), parse_level("HARD G@T2; EQ G")) is Audience.CHILDREN
    assert weakens(parse_level("HARD G@<13; EQ G"), parse_level("HARD G@T2; EQ G")) is Audience.CHILDREN


def test_modes_are_read_as_they_are_written():
    assert parse_modes("all").modes == frozenset(Mode)
    assert Mode.ONLINE_INDIVIDUAL not in parse_modes("live").modes
    assert parse_modes("live; OI: triage team").modes == frozenset(Mode)
    phone = plan(children_form(mode="RM", remote="phone", window=None)).plan.strand
    assert phone.remote is RemoteKind.PHONE
    assert not parse_modes("OI OG RM(chat)").covers(phone)
    assert parse_modes("OI OG RM").covers(phone)
    with pytest.raises(ValueError, match="carrier"):
        parse_modes("OI carrier pigeon")
