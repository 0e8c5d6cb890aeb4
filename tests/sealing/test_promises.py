"""The promises, as far as cryptography alone keeps them: what a thief, one person, or two of one role can read."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from urllib.parse import quote, urlencode

import pytest

from consult.sealing.identity import new_passphrase, unwrap_identity
from consult.sealing.opening import GrantTerms, grant, new_request, wrap_request_private
from consult.sealing.receipt import new_receipt, record_ids
from consult.sealing.root import RootKeys
from consult.sealing.strand import Half, open_share, open_strand_private
from consult.sealing.suite import PrivateKey
from tests.sealing.house import LEADS, REVIEWERS, SCHEMA, Person, answers, epoch_of, new_person, sign_strand
from tests.sealing.thief import Stored, everything, read_records, traces

ROOT = bytes(range(100, 132))
SALT = bytes(range(32))
WORDS = ["Nobody asked me before – سلام", 'I am "safe" at school', "canary canary canary"]
EVERYTHING_SAID = {words.encode() for words in WORDS}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What exists only in memory, on a screen or in somebody's head while the rows below are written."""

    people: dict[str, Person]
    halves: dict[str, Half]
    epoch_keys: list[bytes]
    receipts: list[str]
    cookie_key: bytes
    request_private: bytes
    strand_private: bytes


@pytest.fixture(scope="module")
def scene() -> tuple[Stored, Secrets]:
    """A strand with three answers in two epochs, and a request that lead-1 has just granted to reviewer-1."""
    keys = RootKeys.from_root(ROOT)
    people = {name: new_person(keys) for name in (*LEADS, *REVIEWERS)}
    strand = sign_strand("strand-1", {name: person.identity.public or b"" for name, person in people.items()})
    halves = {
        share.holder_id: open_share(strand, share, private_of(people[share.holder_id], keys)) for share in strand.shares
    }
    epochs = [epoch_of(strand, keys) for _ in range(2)]
    receipts = [new_receipt() for _ in WORDS]
    records = tuple(
        answers(strand, epochs[n % 2], record_ids(keys.receipt, SALT, receipts[n]).answers, words.encode())
        for n, words in enumerate(WORDS)
    )
    request, cookie_key = new_request(), os.urandom(32)
    terms = GrantTerms("request-1", "strand-1", "lead-1", "reviewer-1", "tables", "2026-03-01T12:00:00Z")
    stored = Stored(
        people={name: person.identity for name, person in people.items()},
        strand=strand,
        epochs=tuple(epoch.stored for epoch in epochs),
        records=records,
        schema=SCHEMA,
        terms=terms,
        wrapped_request=wrap_request_private(cookie_key, request.private, terms.request_id),
        grant=grant(halves["lead-1"], request.public, terms),
    )
    strand_private = open_strand_private(strand, halves["lead-1"], halves["reviewer-1"])
    epoch_keys = [bytes(epoch.key) for epoch in epochs]
    return stored, Secrets(people, halves, epoch_keys, list(receipts), cookie_key, request.private, strand_private)


Scene = tuple[Stored, Secrets]


def private_of(person: Person, keys: RootKeys) -> PrivateKey:
    return unwrap_identity(person.identity, person.passphrase, keys.passphrase)


def test_database_and_configuration_open_nothing_even_during_an_opening(scene: Scene) -> None:
    stored, _ = scene
    assert read_records(stored, ROOT) == set()


@pytest.mark.parametrize("name", [*LEADS, *REVIEWERS])
def test_one_person_opens_nothing(scene: Scene, name: str) -> None:
    """Also after an opening: the granted half lies under a key that only the reviewer's cookie holds."""
    stored, secrets = scene
    assert read_records(stored, ROOT, [secrets.people[name].passphrase]) == set()


@pytest.mark.parametrize("pair", [*combinations(LEADS, 2), *combinations(REVIEWERS, 2)])
def test_two_people_of_one_role_open_nothing(scene: Scene, pair: tuple[str, str]) -> None:
    stored, secrets = scene
    assert read_records(stored, ROOT, [secrets.people[name].passphrase for name in pair]) == set()


@pytest.mark.parametrize("pair", [*product(LEADS, REVIEWERS)])
def test_a_lead_and_a_reviewer_open_everything(scene: Scene, pair: tuple[str, str]) -> None:
    """And so the thief above is one who opens whatever can be opened."""
    stored, secrets = scene
    assert read_records(stored, ROOT, [secrets.people[name].passphrase for name in pair]) == EVERYTHING_SAID


@pytest.mark.parametrize("name", [*LEADS, *REVIEWERS])
def test_one_printed_recovery_code_opens_nothing_alone(scene: Scene, name: str) -> None:
    """With the configuration it is that person's key; without it, paper."""
    stored, secrets = scene
    assert read_records(stored, ROOT, codes=[secrets.people[name].code]) == set()
    everyone = [person.code for person in secrets.people.values()]
    assert read_records(stored, bytes(32), codes=everyone) == set()


def test_the_codes_of_a_lead_and_a_reviewer_open_everything(scene: Scene) -> None:
    """The control: a code is a key, so it is locked away."""
    stored, secrets = scene
    codes = [secrets.people[name].code for name in ("lead-1", "reviewer-2")]
    assert read_records(stored, ROOT, codes=codes) == EVERYTHING_SAID


def test_two_passphrases_without_the_configuration_open_nothing(scene: Scene) -> None:
    stored, secrets = scene
    everyone = [person.passphrase for person in secrets.people.values()]
    assert read_records(stored, bytes(32), everyone) == set()


def test_guessed_passphrases_open_nothing(scene: Scene) -> None:
    stored, _ = scene
    assert read_records(stored, ROOT, [new_passphrase() for _ in range(20)]) == set()


def test_receipts_open_nothing(scene: Scene) -> None:
    stored, secrets = scene
    keys = RootKeys.from_root(ROOT)
    ids = [record_ids(keys.receipt, SALT, digits) for digits in secrets.receipts]
    loot = [one for pair in ids for one in (pair.profile, pair.answers)]
    assert read_records(stored, ROOT, secrets.receipts, [SALT, *loot]) == set()


def test_what_was_taken_back_stays_shut_in_yesterdays_backup_even_for_the_two(scene: Scene) -> None:
    stored, secrets = scene
    taken_back = stored.without_share(stored.records[0].id)
    both = [secrets.people[name].passphrase for name in ("lead-1", "reviewer-1")]
    assert read_records(taken_back, ROOT, both) == EVERYTHING_SAID - {WORDS[0].encode()}


@pytest.mark.parametrize("switched_off", ["epoch dropped", "halves apart", "cookie", "no private key stored"])
def test_without_any_one_of_the_mechanisms_the_thief_reads(scene: Scene, switched_off: str) -> None:
    """The control: leave one key lying in the database, and the seizure test above would fail."""
    stored, secrets = scene
    reviewer = secrets.people["reviewer-1"].passphrase
    match switched_off:
        case "epoch dropped":
            assert read_records(stored, ROOT, loot=secrets.epoch_keys[:1]) == {WORDS[0].encode(), WORDS[2].encode()}
        case "halves apart":
            assert read_records(stored, ROOT, [reviewer], [secrets.halves["lead-2"].key]) == EVERYTHING_SAID
        case "cookie":
            assert read_records(stored, ROOT, [reviewer], [secrets.cookie_key]) == EVERYTHING_SAID
        case "no private key stored":
            assert read_records(stored, ROOT, loot=[secrets.strand_private]) == EVERYTHING_SAID


def said_and_secret(secrets: Secrets) -> list[bytes]:
    """Everything that must be nowhere on the disk in any shape."""
    return [
        *EVERYTHING_SAID,
        *(digits.encode() for digits in secrets.receipts),
        *(person.passphrase.encode() for person in secrets.people.values()),
        *(person.code.encode() for person in secrets.people.values()),
        *(bytes(half.key) for half in secrets.halves.values()),
        *secrets.epoch_keys,
        secrets.cookie_key,
        bytes(secrets.request_private),
        bytes(secrets.strand_private),
        ROOT,
    ]


def test_no_answer_receipt_passphrase_or_key_lies_in_the_rows_in_any_encoding(scene: Scene) -> None:
    stored, secrets = scene
    disk = everything(stored)
    assert not [secret for secret in said_and_secret(secrets) for shape in traces(secret) if shape in disk]


@pytest.mark.parametrize(
    "written",
    [
        lambda words: b"log: " + words.encode() + b" end",
        lambda words: ("log: " + words + " end").encode("utf-16"),
        lambda words: json.dumps({"own": words, "n": 1}).encode(),
        lambda words: json.dumps({"own": words, "n": 1}, ensure_ascii=False).encode(),
        lambda words: urlencode({"own": words, "n": 1}, quote_via=quote).encode(),
        lambda words: b"row " + words.encode().hex().encode(),
        *(lambda words, n=n: base64.b64encode(b"x" * n + words.encode() + b"more") for n in range(3)),
        *(lambda words, n=n: base64.urlsafe_b64encode(b"x" * n + words.encode() + b"more") for n in range(3)),
    ],
)
def test_the_search_finds_what_was_left_lying_about_in_any_encoding(written: Callable[[str], bytes]) -> None:
    """The control of the test above."""
    for words in (*WORDS, new_receipt(), new_passphrase()):
        assert any(shape in written(words) for shape in traces(words.encode()))
