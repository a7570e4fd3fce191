"""`db restore` and `db restored` as a person types them."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from amc.cli.main import main
from amc.db.crypto import write_keys
from tests.worlds import free_port


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AMC_SANDBOX_PORT", str(free_port()))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out + said.err


def backup(capsys: pytest.CaptureFixture[str]) -> str:
    assert run(capsys, "users", "add", "ann", "--role", "viewer")[0] == 0
    code, said = run(capsys, "db", "backup", "--json")
    assert code == 0
    return str(json.loads(said)["file"])


def test_what_was_done_is_said_in_words(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = backup(capsys)
    (data / "amc.db").write_bytes(b"no database" * 100)
    code, said = run(capsys, "users", "add", "bob", "--role", "viewer")
    assert (code, f"db restore {made}" in said) == (2, True)
    code, said = run(capsys, "db", "restore", made)
    assert code == 0, said
    for words in ("Restored and checked", "ago", "before-restore", "nothing of it is sent again"):
        assert words in said
    assert "key" not in said
    # The restored database is in use again.
    assert run(capsys, "users", "add", "bob", "--role", "viewer")[0] == 0


def test_a_backup_of_another_key_is_told_at_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = backup(capsys)
    write_keys(data / "keys" / "fernet.key", [Fernet.generate_key()])
    code, said = run(capsys, "db", "restore", made)
    assert code == 0
    assert "not the one that this database was sealed with" in said
    assert "keys replace-lost" in said
    code, said = run(capsys, "db", "restore", made, "--json")
    assert "sealed with" in json.loads(said)["key_problem"]


def test_that_it_was_put_back_by_other_means(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup(capsys)
    code, said = run(capsys, "db", "restored", "--as-of", "2026-11-24T08:00:00Z", "--json")
    assert (code, json.loads(said)["as_of"]) == (0, "2026-11-24T08:00:00+00:00")
    code, said = run(capsys, "db", "restored", "--as-of", "2026-11-30T08:00:00Z", "--json")
    # What the first one left open stays open.
    assert json.loads(said)["as_of"] == "2026-11-24T08:00:00+00:00"
