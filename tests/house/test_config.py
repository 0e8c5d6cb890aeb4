"""The settings refuse an unsafe start, with every problem named at once and no secret repeated."""

import base64
import secrets
from pathlib import Path

import pytest

from consult.config import ConfigError, Settings

ROOT = bytes(range(32))


def environment(folder: Path, **changes: str | None) -> dict[str, str]:
    """Settings that allow a start, with changes; None leaves a setting out."""
    settings: dict[str, str | None] = {
        "ROOT_KEY": ROOT.hex(),
        "ORGANISATION": "Invented Trust",
        "ADDRESS": "https://ideas.example.org",
        "DATA": str(folder),
        **changes,
    }
    return {f"CONSULT_{name}": value for name, value in settings.items() if value is not None}


def problems(folder: Path, **changes: str | None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refusal:
        Settings.from_environment(environment(folder, **changes))
    return refusal.value.problems


def test_a_start_with_the_fewest_settings(tmp_path: Path) -> None:
    settings = Settings.from_environment({**environment(tmp_path), "PATH": "/bin", "CONSULT_TEST_BROWSER": "x"})
    assert settings.root == ROOT
    assert settings.secure_cookies
    assert settings.host_name == "ideas.example.org"
    assert settings.database_url == f"sqlite:///{tmp_path / 'consult.sqlite'}"
    assert settings.exit_address("sw") == "https://www.wikipedia.org/"


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        Settings.from_environment({})
    text = str(refusal.value)
    assert all(name in text for name in ("CONSULT_ROOT_KEY", "CONSULT_ORGANISATION", "CONSULT_ADDRESS", "CONSULT_DATA"))
    assert len(refusal.value.problems) == 4


@pytest.mark.parametrize(
    "written", [ROOT.hex(), base64.b64encode(ROOT).decode(), base64.urlsafe_b64encode(ROOT).decode()]
)
def test_the_root_in_hex_and_base64(tmp_path: Path, written: str) -> None:
    assert Settings.from_environment(environment(tmp_path, ROOT_KEY=written)).root == ROOT


@pytest.mark.parametrize("written", ["00" * 31, "ff" * 33, "ab" * 32, "password", "é" * 32])
def test_a_short_long_patterned_or_unreadable_root_is_refused_and_not_repeated(tmp_path: Path, written: str) -> None:
    (problem,) = problems(tmp_path, ROOT_KEY=written)
    assert problem.startswith("CONSULT_ROOT_KEY ")
    assert written not in problem


def test_random_roots_are_never_taken_for_patterns(tmp_path: Path) -> None:
    for _ in range(200):
        Settings.from_environment(environment(tmp_path, ROOT_KEY=secrets.token_hex(32)))


def test_the_root_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "root"
    file.write_text(ROOT.hex() + "\n")
    file.chmod(0o400)
    assert Settings.from_environment(environment(tmp_path, ROOT_KEY=None, ROOT_KEY_FILE=str(file))).root == ROOT


def test_an_empty_root_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "root"
    file.touch(0o400)
    assert "is not 32 bytes" in problems(tmp_path, ROOT_KEY=None, ROOT_KEY_FILE=str(file))[0]


@pytest.mark.parametrize("mode", [0o404, 0o444, 0o420])
def test_a_root_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "root"
    file.write_text(ROOT.hex())
    file.chmod(mode)
    assert "chmod 400" in problems(tmp_path, ROOT_KEY=None, ROOT_KEY_FILE=str(file))[0]


def test_a_missing_root_file_and_two_roots_are_refused(tmp_path: Path) -> None:
    assert "can not be read" in problems(tmp_path, ROOT_KEY=None, ROOT_KEY_FILE=str(tmp_path / "none"))[0]
    assert "both set" in problems(tmp_path, ROOT_KEY_FILE=str(tmp_path / "none"))[0]


@pytest.mark.parametrize(
    "address", ["http://localhost:8000", "http://127.0.0.1:8000", "http://ideas.localhost", "http://[::1]:80"]
)
def test_http_to_the_machine_itself_is_allowed_without_secure_cookies(tmp_path: Path, address: str) -> None:
    settings = Settings.from_environment(environment(tmp_path, ADDRESS=address))
    assert not settings.secure_cookies
    assert settings.host_name in address


@pytest.mark.parametrize(
    "address",
    [
        "http://ideas.example.org",
        "http://192.168.0.7",
        "http://localhost.example.org",
        "ideas.example.org",
        "https://ideas.example.org/path",
        "https://me:secret@ideas.example.org",
        "ftp://localhost",
        "https://[",
    ],
)
def test_any_other_address_is_refused(tmp_path: Path, address: str) -> None:
    assert problems(tmp_path, ADDRESS=address)[0].startswith("CONSULT_ADDRESS ")


@pytest.mark.parametrize("switch", ["CONSULT_DEBUG", "FLASK_DEBUG"])
def test_debugging_is_refused(tmp_path: Path, switch: str) -> None:
    with pytest.raises(ConfigError, match=switch):
        Settings.from_environment({**environment(tmp_path), switch: "1"})
    Settings.from_environment({**environment(tmp_path), switch: "0"})


def test_a_misspelt_setting_is_refused_with_the_right_name(tmp_path: Path) -> None:
    assert "did you mean CONSULT_EPOCH_MINUTES" in problems(tmp_path, EPOCH_MINUTE="5")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EPOCH_RESPONSES", "65"),
        ("EPOCH_MINUTES", "16"),
        ("EPOCH_MINUTES", "0"),
        ("FORM_MINUTES", "-5"),
        ("FORM_MINUTES", "٣٠"),
        ("STAFF_MINUTES", "never"),
    ],
)
def test_numbers_looser_than_the_promises_are_refused(tmp_path: Path, name: str, value: str) -> None:
    assert problems(tmp_path, **{name: value})[0].startswith(f"CONSULT_{name} ")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:hidden@h/d",
        "postgresql://u:hidden@h:port/d",
        "sqlite:////folder/file?mode=hidden",
    ],
)
def test_a_database_that_is_not_kept_is_refused_and_its_password_not_repeated(tmp_path: Path, url: str) -> None:
    (problem,) = problems(tmp_path, DATABASE_URL=url)
    assert "hidden" not in problem


def test_the_page_that_leave_shows_can_differ_by_language(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        environment(tmp_path, EXIT_ADDRESSES="fr=https://fr.example.org/ *=https://example.org/")
    )
    assert [settings.exit_address(language) for language in ("fr", "ar")] == [
        "https://fr.example.org/",
        "https://example.org/",
    ]


@pytest.mark.parametrize("pairs", ["fr=http://example.org", "https://example.org", "fr="])
def test_an_exit_that_is_not_encrypted_or_not_a_pair_is_refused(tmp_path: Path, pairs: str) -> None:
    assert problems(tmp_path, EXIT_ADDRESSES=pairs)[0].startswith("CONSULT_EXIT_ADDRESSES ")


def test_secrets_are_not_shown_with_the_settings(tmp_path: Path) -> None:
    shown = repr(Settings.from_environment(environment(tmp_path, DATABASE_URL="postgresql://u:hidden@host/d")))
    assert "hidden" not in shown
    assert repr(ROOT) not in shown


class TestMailServer:
    @pytest.mark.parametrize(
        ("server", "port", "starttls", "encrypted"),
        [
            ("smtp://site@mail.example.org", 587, True, False),
            ("smtps://site@mail.example.org", 465, False, True),
            ("smtp://site@mail.example.org:2525", 2525, True, False),
            ("smtp://site@localhost:25", 25, False, False),
        ],
    )
    def test_it_is_encrypted_but_for_this_machine(
        self, tmp_path: Path, server: str, port: int, starttls: bool, encrypted: bool
    ) -> None:
        given = environment(tmp_path, MAIL_SERVER=server, MAIL_FROM="site@example.org", MAIL_PASSWORD="a secret word")
        mail = Settings.from_environment(given).mail
        assert mail is not None
        assert (mail.port, mail.starttls, mail.encrypted_from_start) == (port, starttls, encrypted)
        assert mail.user == "site"
        assert "a secret word" not in repr(mail)

    def test_there_is_none_unless_it_is_set(self, tmp_path: Path) -> None:
        assert Settings.from_environment(environment(tmp_path)).mail is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"MAIL_FROM": "site@example.org"},
            {"MAIL_SERVER": "smtp://mail.example.org"},
            {"MAIL_SERVER": "mail.example.org", "MAIL_FROM": "site@example.org"},
            {"MAIL_SERVER": "smtp://mail.example.org:0x", "MAIL_FROM": "site@example.org"},
            {"MAIL_SERVER": "smtp://site:hunter2@mail.example.org", "MAIL_FROM": "site@example.org"},
            {"MAIL_SERVER": "smtp://site@mail.example.org", "MAIL_FROM": "site@example.org"},
        ],
    )
    def test_half_of_it_or_a_password_in_the_address_is_refused(self, tmp_path: Path, changes: dict[str, str]) -> None:
        found = problems(tmp_path, **changes)
        assert any("CONSULT_MAIL" in each for each in found)
        assert "hunter2" not in " ".join(found)
