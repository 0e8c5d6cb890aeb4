"""Invitation codes."""

import re

from consult.sealing.invitation import code_digest, new_code
from consult.sealing.root import RootKeys


def test_codes_hold_no_look_alikes_and_do_not_repeat() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(
        re.fullmatch("[2-9b-km-np-z]{5}-[2-9b-km-np-z]{5}", code) and not set(code) & set("aeiouly01") for code in codes
    )


def test_a_code_is_found_however_it_is_typed_and_only_under_its_configuration(keys: RootKeys) -> None:
    digest = code_digest(keys.invitation, "7kq2m-x9tbd")
    for typed in ("7KQ2M-X9TBD", " 7kq2m x9tbd ", "7kq2mx9tbd", "7kq2m–x9tbd"):
        assert code_digest(keys.invitation, typed) == digest
    assert code_digest(keys.invitation, "7kq2m-x9tbf") != digest
    assert code_digest(RootKeys.from_root(bytes(32)).invitation, "7kq2m-x9tbd") != digest
