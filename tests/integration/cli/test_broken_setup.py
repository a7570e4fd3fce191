"""A set-up that is not right: one sentence with what to do, from every command."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import amc
from tests.integration.cli.shell import FILES, ON, WINDOW, Shell


@pytest.mark.parametrize("place", ["DATABASE_URL", "AMC_DATA_DIR", "AMC_LOG_LEVEL", "AMC_API_URL"])
def test_a_broken_set_up_is_one_sentence_for_every_command(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (shell.folder / "file").write_text("in the way")
    wrong, told = {
        "DATABASE_URL": ("postgresql://u:pw-secret@127.0.0.1:9/x", "Connection refused"),
        "AMC_DATA_DIR": (str(shell.folder / "file" / "x"), "AMC_DATA_DIR"),
        "AMC_LOG_LEVEL": ("LOUD", "AMC_LOG_LEVEL"),
        "AMC_API_URL": ("ftp://amazon", "AMC_API_URL"),
    }[place]
    monkeypatch.setenv(place, wrong)
    for words in (
        ("instances", "list"),
        ("executions", "list"),
        ("schedules", "list"),
        ("mappings", "export"),
        ("users", "add", "bob"),
        ("sql", "run", "good.sql", *ON, *WINDOW),
        ("db", "upgrade"),
    ):
        said = shell(*words)
        assert said.code == 2, said
        assert told in said.err
        assert "pw-secret" not in said.err
        assert len(said.err.splitlines()) == 1
    said = shell("doctor")
    assert (said.code, told in said.out) == (2, True)


def test_a_file_that_is_no_database_is_told_and_left_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shell.folder / "data" / "amc.db"
    file.parent.mkdir()
    file.write_bytes(FILES["nobackup.db"])
    monkeypatch.setenv("AMC_DATA_DIR", str(file.parent))
    said = shell("instances", "list")
    assert said.code == 2
    assert "db restore" in said.err
    assert file.read_bytes() == FILES["nobackup.db"]


def test_a_full_disk_is_told_and_nothing_is_half_written(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shell.json("sql", "run", "good.sql", *ON, *WINDOW, "--wait")

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device", "out")

    monkeypatch.setattr(os, "fsync", full)
    for suffix in ("csv", "xlsx", "parquet"):
        said = shell("executions", "download", made["executions"][0]["id"], "--out", f"o.{suffix}")
        assert (said.code, "No space left" in said.err, "AMC_DATA_DIR" in said.err) == (
            2,
            True,
            True,
        )
        assert not list(shell.folder.glob("o.*"))
        assert not list(shell.folder.glob(".aside*"))


def test_what_nobody_thought_of_is_a_sentence_and_a_traceback_for_who_asks(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("amc.services.executions.ExecutionsService.page", wrong)
    said = shell("executions", "list")
    assert said.code == 2
    assert "ZeroDivisionError: of all things" in said.err
    assert "Traceback" not in said.err
    monkeypatch.setenv("AMC_LOG_LEVEL", "debug")
    assert "Traceback" in shell("executions", "list").err


def test_an_old_python_is_told_in_a_sentence() -> None:
    source = Path(amc.__file__).read_text()
    # Readable to what a distribution of some years ago calls python3.
    ast.parse(source, feature_version=(3, 6))
    pretend = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); "
        "sys.argv = ['amc', 'doctor']; runpy.run_module(sys.argv[0] + {!r}, run_name='__main__')"
    )
    for module in ("", ".scheduler", ".sandbox"):
        done = subprocess.run(
            [sys.executable, "-c", pretend.format(module)],
            cwd=Path(amc.__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("AMC Manager needs Python 3.11 or newer, this is 3.9.")
        assert len(done.stderr.splitlines()) == 1
