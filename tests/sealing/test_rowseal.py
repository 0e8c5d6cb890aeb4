"""Row seals and the audit chain: what a writer of the database alone can not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.sealing.chain import GENESIS, ChainBroken, audit_link, verify_chain
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import SealingError

KEYS = RootKeys.from_root(bytes(range(32)))
COLUMNS = {"account": "17", "public": b"\x01\x02", "role": "lead", "until": None}

values = st.one_of(st.text(max_size=4), st.binary(max_size=4), st.integers(), st.none())
rows = st.tuples(
    st.sampled_from(["holder", "epoch"]),
    st.one_of(st.text(max_size=3), st.binary(max_size=3), st.integers()),
    st.dictionaries(st.text(max_size=3), values, max_size=3),
    st.integers(0, 3),
)


def test_an_untouched_row_is_accepted_in_any_order_of_columns() -> None:
    seal = row_seal(KEYS.row_seal, "holder", 17, COLUMNS, 3)
    check_row_seal(KEYS.row_seal, "holder", 17, dict(reversed(COLUMNS.items())), 3, seal)


@given(rows, rows)
def test_two_rows_have_one_seal_only_if_they_are_one_row(left: tuple, right: tuple) -> None:
    """Whatever is shifted over a boundary, swapped or emptied; "1", 1 and b"1" are three values."""
    alike = repr((*left[:2], sorted(left[2].items()), left[3])) == repr(
        (*right[:2], sorted(right[2].items()), right[3])
    )
    assert (row_seal(KEYS.row_seal, *left) == row_seal(KEYS.row_seal, *right)) is alike


@pytest.mark.parametrize(
    "forged",
    [
        {**COLUMNS, "account": "lead", "role": "17"},
        {**COLUMNS, "account": "17r", "role": "lead"[1:]},
        {**COLUMNS, "until": ""},
        {**COLUMNS, "account": 17},
        {name: value for name, value in COLUMNS.items() if name != "until"},
        {**COLUMNS, "more": None},
    ],
    ids=["swapped", "shifted", "emptied", "another kind", "dropped", "added"],
)
def test_a_changed_row_is_refused_by_name(forged: dict[str, str | bytes | int | None]) -> None:
    seal = row_seal(KEYS.row_seal, "holder", "17", COLUMNS, 3)
    with pytest.raises(SealingError, match="Row 17 of table holder"):
        check_row_seal(KEYS.row_seal, "holder", "17", forged, 3, seal)


@pytest.mark.parametrize(
    ("table", "row_id", "generation"), [("epoch", "17", 3), ("holder", "18", 3), ("holder", "17", 4)]
)
def test_a_seal_of_another_table_row_or_an_older_generation_is_refused(
    table: str, row_id: str, generation: int
) -> None:
    seal = row_seal(KEYS.row_seal, "holder", "17", COLUMNS, 3)
    with pytest.raises(SealingError, match=f"Row {row_id} of table {table}"):
        check_row_seal(KEYS.row_seal, table, row_id, COLUMNS, generation, seal)


@pytest.mark.parametrize("seal", [b"", bytes(32)])
def test_no_seal_is_no_way_in(seal: bytes) -> None:
    with pytest.raises(SealingError, match="Row 0a0b of table epoch"):
        check_row_seal(KEYS.row_seal, "epoch", b"\x0a\x0b", COLUMNS, 1, seal)


def test_a_seal_under_another_configuration_is_refused() -> None:
    seal = row_seal(RootKeys.from_root(bytes(32)).row_seal, "holder", "17", COLUMNS, 3)
    with pytest.raises(SealingError):
        check_row_seal(KEYS.row_seal, "holder", "17", COLUMNS, 3, seal)


def chain(*events: bytes) -> list[tuple[bytes, bytes]]:
    linked, previous = [], GENESIS
    for event in events:
        previous = audit_link(KEYS.audit, previous, event)
        linked.append((event, previous))
    return linked


def test_a_whole_chain_holds_and_can_be_checked_in_parts() -> None:
    whole = chain(b"drafted", b"attested", b"signed", b"opened")
    assert verify_chain(KEYS.audit, whole) == whole[-1][1]
    assert verify_chain(KEYS.audit, whole[2:], start=whole[1][1]) == whole[-1][1]
    assert verify_chain(KEYS.audit, []) == GENESIS


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=6), st.data())
def test_a_changed_removed_added_or_moved_event_is_found_where_it_stands(
    events: list[bytes], data: st.DataObject
) -> None:
    whole = chain(*events)
    place = data.draw(st.integers(0, len(whole) - 2))
    event, link = whole[place]
    for broken in (
        [*whole[:place], (event + b"x", link), *whole[place + 1 :]],
        [*whole[:place], *whole[place + 1 :]],
        [*whole[:place], (b"slipped in", link), *whole[place:]],
        [*whole[:place], whole[place + 1], whole[place], *whole[place + 2 :]],
    ):
        with pytest.raises(ChainBroken, match=f"at event {place}") as caught:
            verify_chain(KEYS.audit, broken)
        assert caught.value.index == place


def test_a_chain_written_without_the_key_is_refused() -> None:
    forged = audit_link(RootKeys.from_root(bytes(32)).audit, GENESIS, b"signed")
    with pytest.raises(ChainBroken):
        verify_chain(KEYS.audit, [(b"signed", forged)])
