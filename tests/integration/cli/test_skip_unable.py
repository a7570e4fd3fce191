"""`--skip-unable`: a set of 58 with two instances that cannot run it, from the shell."""

import json
import logging
from pathlib import Path

import pytest

from amc.cli.main import main
from amc.container import build_services
from amc.settings import load_settings
from tests.unfit import CLOSED, LACKS, SET, SQL, add_fleet

WINDOW = ("--start", "2026-09-01", "--end", "2026-10-01")
ON = ("--set", SET)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.chdir(tmp_path)
    services = build_services(load_settings())
    add_fleet(services)
    services.close()
    (tmp_path / "q.sql").write_text(SQL)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level

    def run(*words: str) -> tuple[int, dict, str]:
        capsys.readouterr()
        code = main([*words, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    yield run
    root.handlers[:] = before
    root.setLevel(level)


def test_sql_run_names_them_and_sends_nothing(shell) -> None:
    code, found, _ = shell("sql", "run", "q.sql", *ON, *WINDOW)
    assert code == 1
    assert {e["instance_id"] for e in found["unable"]} == {LACKS, CLOSED}
    assert all(e["reason"] for e in found["unable"])
    assert LACKS in found["message"]
    assert CLOSED in found["message"]
    assert "--skip-unable" in found["hint"]
    assert shell("executions", "list")[1]["total"] == 0


def test_sql_run_skips_them_when_told_to_and_says_so(shell) -> None:
    code, found, err = shell("sql", "run", "q.sql", *ON, *WINDOW, "--skip-unable")
    assert code == 0
    assert len(found["executions"]) == 56
    assert {e["instance_id"]: bool(e["reason"]) for e in found["skipped"]} == {
        LACKS: True, CLOSED: True
    }  # fmt: skip
    assert f"Left out {LACKS}: it has no 'dsp_impressions'" in err


def test_templates_run_likewise(shell) -> None:
    words = ("templates", "run", "cart-abandonment", *ON, *WINDOW)
    code, found, _ = shell(*words)
    assert (code, found["error"]) == (1, "UnableError")
    assert {e["instance_id"] for e in found["unable"]} == {LACKS, CLOSED}
    code, found, _ = shell(*words, "--skip-unable")
    assert (code, len(found["executions"]), len(found["skipped"])) == (0, 56, 2)


def test_nobody_left_is_an_error_with_the_option_too(shell) -> None:
    code, found, _ = shell(
        "sql", "run", "q.sql", "--instance", LACKS, "--instance", CLOSED, *WINDOW, "--skip-unable"
    )
    assert code == 1
    assert found["message"].startswith("None of the 2 instances can run this")
    assert len(found["unable"]) == 2
