"""Bad input: each one clear sentence with what to do, the right exit code, nothing half-written."""

import json
import socket
from pathlib import Path

import pytest

from tests.worlds import World, free_port

INSTANCE = "amchnfozgta"
WINDOW = ("--start", "2026-09-01", "--end", "2026-10-01")
GOOD = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"


def run_sql(world: World, tmp_path: Path, sql: str, *more: str) -> tuple[int, str]:
    path = tmp_path / "q.sql"
    path.write_text(sql)
    before = len(world.truth())
    done = world.cli("sql", "run", str(path), *more, check=False)
    assert "Traceback" not in done.stderr
    assert len(world.truth()) == before, "nothing may be sent"
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT campain, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1", "campaign"),
        ("SELECT campaign FROM", "something is missing after FROM"),
        (
            "SELECT campaign, SUM(impressions) AS n FROM dsp_impresions GROUP BY 1",
            "dsp_impressions",
        ),
        ("", "holds no SQL"),
        ("DROP TABLE dsp_impressions", "queries"),
        ("SELECT 'never closed FROM dsp_impressions", "not closed"),
    ],
)
def test_wrong_sql_ends_with_a_place_and_a_way_out(
    world: World, tmp_path: Path, sql: str, words: str
) -> None:
    code, said = run_sql(world, tmp_path, sql, "--instance", INSTANCE, *WINDOW)
    assert code in (1, 2)
    assert words in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--instance", "amcnobody", *WINDOW), "no instance 'amcnobody'"),
        (WINDOW, "No instance is chosen"),
        (("--instance", INSTANCE, "--start", "2026-10-01", "--end", "2026-09-01"), "not after"),
        (("--instance", INSTANCE, "--start", "2031-01-01", "--end", "2031-02-01"), "future"),
        (("--instance", INSTANCE, "--start", "2026-13-01", "--end", "2026-14-01"), "2026-13-01"),
        (("--instance", INSTANCE, "--start", "2026-09-01"), "both --start and --end"),
        (("--instance", INSTANCE, *WINDOW, "--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--instance", INSTANCE, *WINDOW, "--param", "x=1"), "no parameter 'x'"),
        (("--instance", INSTANCE, *WINDOW, "--out", "result.doc"), ".csv"),
        (("--instance", INSTANCE, *WINDOW, "--out", "no/such/folder/x.csv"), "does not exist"),
        (("--instance", INSTANCE, *WINDOW, "--set", "nobody"), "no instance set"),
    ],
)
def test_wrong_options_are_named(
    world: World, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    code, said = run_sql(world, tmp_path, GOOD, *options)
    assert code in (1, 2)
    assert words in said


@pytest.mark.parametrize(
    ("sql", "values", "words"),
    [
        ("CUSTOM_PARAMETER('c')", (), "c has no value"),
        ("CUSTOM_PARAMETER('c')", ("--param", "C=x"), "no parameter 'C'"),
    ],
)
def test_parameters_are_asked_for_by_name(
    world: World, tmp_path: Path, sql: str, values: tuple[str, ...], words: str
) -> None:
    text = (
        f"SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = {sql} "
        "GROUP BY 1"
    )
    code, said = run_sql(world, tmp_path, text, "--instance", INSTANCE, *WINDOW, *values)
    assert code == 2
    assert words in said


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("--param", "lookback_days=soon"), "lookback_days"),
        (("--param", "lookback_days=400"), "28"),
        (("--param", "step_by=colour"), "step_by"),
        (("--param", "nothing=1"), "nothing"),
    ],
)
def test_template_parameters_are_checked_before_anything_is_sent(
    world: World, values: tuple[str, ...], words: str
) -> None:
    before = len(world.truth())
    done = world.cli(
        "templates", "run", "path-to-conversion", "--instance", INSTANCE, *values, check=False
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert len(world.truth()) == before


@pytest.mark.parametrize("rule", ["61 * * * *", "0 8 * *", "0 8 31 2 *", "every day", ""])
def test_a_wrong_cron_rule_is_told_in_a_sentence(world: World, rule: str) -> None:
    done = world.cli("schedules", "next", rule, "--zone", "UTC", check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert 30 < len(done.stderr) < 400


def test_wrong_usage_is_one_line_and_exit_code_2(world: World) -> None:
    done = world.cli("instances", "frobnicate", check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) <= 2


def test_errors_are_json_too(world: World) -> None:
    done = world.cli("executions", "show", "ex_nobody", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == "MissingError"


def test_without_a_local_amc_the_host_is_named(world: World, tmp_path: Path) -> None:
    lonely = World(tmp_path, port=free_port())
    done = lonely.cli("instances", "sync", check=False)
    assert done.returncode in (1, 2)
    assert f"127.0.0.1:{lonely.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_scheduler_waiting_is_refused(world: World, tmp_path: Path) -> None:
    alone = World(tmp_path, port=world.port)
    alone.cli("instances", "sync")
    done = alone.cli(
        "templates", "run", "audience-overlap", "--instance", INSTANCE, "--wait", check=False
    )
    assert done.returncode == 2
    assert "python -m amc.scheduler" in done.stderr
    assert alone.json("executions", "list")["total"] == 0


def test_a_wrong_key_is_told_and_leaves_everything(world: World, tmp_path: Path) -> None:
    alone = World(tmp_path, port=world.port)
    alone.cli("instances", "sync")
    key = tmp_path / "keys" / "fernet.key"
    right = key.read_bytes()
    key.write_bytes(b"A" * 43 + b"=\n")
    done = alone.cli("instances", "sync", check=False)
    assert done.returncode == 2
    assert "key" in done.stderr
    # What needs no login goes on.
    assert len(alone.json("instances", "list")["instances"]) == 58
    key.write_bytes(right)
    assert len(alone.json("instances", "sync")["instances"]) == 58


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        alone = World(tmp_path, port=port)
        done = alone.cli("up", check=False)
        assert done.returncode == 2
        assert str(port) in done.stderr
        assert "AMC_SANDBOX_PORT" in done.stderr
