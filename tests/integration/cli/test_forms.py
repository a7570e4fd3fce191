"""Every command of the command line: that it stands, and what it says to bad input."""

import argparse
from collections.abc import Iterator

import pytest

from amc.cli.main import build_parser
from tests.integration.cli.shell import INSTANCE, ON, WINDOW, Shell
from tests.worlds import World

# What is wrong, the exit code, and words that the sentence must hold.
Case = tuple[tuple[str, ...], int, str]

_RUN = ("sql", "run", "good.sql")
_PATH = ("templates", "run", "path-to-conversion", *ON)
_ADD = ("schedules", "add", "a name", "--template", "path-to-conversion")
_CRON = ("--cron", "0 8 * * 1")
_MAY = "2026-05-01T00:00:00Z"

BAD: tuple[Case, ...] = (
    ((), 2, "COMMAND"),
    (("frobnicate",), 2, "frobnicate"),
    (("instances",), 2, "COMMAND"),
    (("instances", "sync", "--nothing"), 2, "--nothing"),
    (("instances", "list", "--nothing"), 2, "--nothing"),
    (("instances", "sources", "nobody"), 1, "no instance 'nobody'"),
    (("instances", "edit", "nobody", "--tag", "a"), 1, "no instance 'nobody'"),
    (("instances", "edit", INSTANCE, "--active", "maybe"), 2, "maybe"),
    (("instances", "sets", "--save", "", *ON), 2, "needs a name"),
    (("instances", "sets", "--save", "x"), 2, "instances or a rule"),
    (("instances", "sets", "--save", "x", "--instance", "nobody"), 1, "nobody"),
    (("instances", "sets", "--save", "x", "--rule", "colour=red"), 2, "colour"),
    (("instances", "sets", "--remove", ""), 1, "no instance set"),
    (("sql", "check", "nofile.sql"), 2, "nofile.sql cannot be read"),
    (("sql", "check", "."), 2, "cannot be read"),
    (("sql", "check", "binary.sql"), 2, "not a UTF-8 text"),
    (("sql", "check", "latin.sql"), 2, "not a UTF-8 text"),
    (("sql", "check", "empty.sql"), 2, "holds no SQL"),
    (("sql", "check", "good.sql", "--instance", "nobody"), 1, "no instance 'nobody'"),
    (("sql", "explain", "empty.sql"), 2, "holds no SQL"),
    (("sql", "explain", "deep.sql"), 1, "nested"),
    (("sql", "format", "blank.sql"), 2, "holds no SQL"),
    (("sql", "format", "nofile.sql"), 2, "cannot be read"),
    (_RUN, 2, "--start"),
    ((*_RUN, *WINDOW), 2, "No instance is chosen"),
    ((*_RUN, *WINDOW, "--instance", "nobody"), 1, "no instance 'nobody'"),
    ((*_RUN, *WINDOW, "--set", "nobody"), 1, "no instance set 'nobody'"),
    ((*_RUN, *ON, "--start", "2026-09-01"), 2, "both --start and --end"),
    ((*_RUN, *ON, "--start", "2026-10-01", "--end", "2026-09-01"), 2, "not after"),
    ((*_RUN, *ON, "--start", "2026-09-01", "--end", "2026-09-01"), 2, "not after"),
    ((*_RUN, *ON, "--start", "2031-01-01", "--end", "2031-02-01"), 2, "future"),
    ((*_RUN, *ON, "--start", "1999-01-01", "--end", "1999-02-01"), 2, "13 months"),
    ((*_RUN, *ON, "--start", "yesterday", "--end", "2026-02-01"), 2, "'yesterday'"),
    ((*_RUN, *ON, *WINDOW, "--zone", "Mars/Olympus"), 2, "Mars/Olympus"),
    ((*_RUN, *ON, *WINDOW, "--zone", "../../etc/passwd"), 2, "time zone"),
    ((*_RUN, *ON, *WINDOW, "--param", "novalue"), 2, "name=value"),
    ((*_RUN, *ON, *WINDOW, "--param", "a=1", "--param", "a=2"), 2, "twice"),
    ((*_RUN, *ON, *WINDOW, "--param", "a=[1"), 2, "not JSON"),
    ((*_RUN, *ON, *WINDOW, "--param", "a=1"), 2, "no parameter 'a'"),
    (("sql", "run", "value.sql", *ON, *WINDOW), 2, "has no value"),
    (
        ("sql", "run", "value.sql", *ON, *WINDOW, "--param", "c=x", "--param", "names=[]"),
        2,
        "names is empty",
    ),
    (
        ("sql", "run", "value.sql", *ON, *WINDOW, "--param", "c=x", "--param", "names=[[1]]"),
        2,
        "names cannot be a list",
    ),
    ((*_RUN, *ON, *WINDOW, "--out", "x.doc"), 2, ".csv, .xlsx, .parquet"),
    ((*_RUN, *ON, *WINDOW, "--out", "no/where/x.csv"), 2, "does not exist"),
    ((*_RUN, *ON, *WINDOW, "--out", "/proc/x.csv"), 2, "/proc"),
    ((*_RUN, *ON, *WINDOW, "--timeout", "nan"), 2, "seconds"),
    (("sql", "run", "empty.sql", *ON, *WINDOW), 2, "holds no SQL"),
    (("sql", "run", "comment.sql", *ON, *WINDOW), 1, "only comments"),
    (("sql", "run", "nul.sql", *ON, *WINDOW), 1, "U+0000"),
    (("sql", "run", "deep.sql", *ON, *WINDOW), 1, "nested"),
    (("sql", "run", "column.sql", *ON, *WINDOW), 1, "campaign"),
    (("sql", "run", "broken.sql", *ON, *WINDOW), 1, "missing after FROM"),
    (("sql", "run", "two.sql", *ON, *WINDOW), 1, "one"),
    (("templates", "list", "--nothing"), 2, "--nothing"),
    (("templates", "show", "nobody"), 1, "no template 'nobody'"),
    (("templates", "check", "nofolder"), 1, "no such folder"),
    (("templates", "check", "."), 2, "holds no template"),
    (("templates", "test", "nobody", *ON), 1, "no template 'nobody'"),
    (("templates", "test", "audience-overlap"), 2, "No instance is chosen"),
    (("templates", "run", "nobody", *ON), 1, "no template 'nobody'"),
    (("templates", "run", "path-to-conversion"), 2, "No instance is chosen"),
    ((*_PATH, "--window", "last-0-days"), 2, "from 1 to"),
    ((*_PATH, "--window", "sometime"), 2, "not a window rule"),
    ((*_PATH, "--window", "last-7-days", "--start", "2026-01-01"), 2, "either"),
    ((*_PATH, "--param", "lookback_days=soon"), 2, "whole number"),
    ((*_PATH, "--param", "lookback_days=1e400"), 2, "whole number"),
    ((*_PATH, "--param", "lookback_days=400"), 2, "at most 28"),
    ((*_PATH, "--param", "step_by=colour"), 2, "one of"),
    ((*_PATH, "--param", 'asins=["x\' OR 1=1 --"]'), 2, "ASINs"),
    (("executions", "list", "--state", "nowhere"), 2, "NOWHERE"),
    (("executions", "list", "--limit", "-1"), 2, "from 1 to"),
    (("executions", "list", "--limit", "9" * 30), 2, "from 1 to"),
    (("executions", "list", "--offset", "-5"), 2, "from 0 to"),
    (("executions", "show", "ex_nobody"), 1, "no execution ex_nobody"),
    (("executions", "wait", "ex_nobody"), 1, "no execution ex_nobody"),
    (("executions", "cancel", "ex_nobody"), 1, "no execution ex_nobody"),
    (("executions", "rerun", "ex_nobody"), 1, "no execution ex_nobody"),
    (("executions", "manifest", "ex_nobody"), 1, "no execution ex_nobody"),
    (("executions", "download", "ex_nobody"), 2, "--out"),
    (("executions", "download", "ex_nobody", "--out", "x.csv"), 1, "no execution ex_nobody"),
    (("executions", "download", "ex_nobody", "--out", "x"), 2, ".csv, .xlsx, .parquet"),
    (("schedules", "next", "61 * * * *"), 2, "minute field '61'"),
    (("schedules", "next", "0 8 * *"), 2, "five fields"),
    (("schedules", "next", "* * * * * *"), 2, "five fields"),
    (("schedules", "next", "0 8 31 2 *"), 2, "never fires"),
    (("schedules", "next", "*/0 * * * *"), 2, "step"),
    (("schedules", "next", "٠ 8 * * *"), 2, "ASCII"),
    (("schedules", "next", "@reboot"), 2, "@reboot"),
    (("schedules", "next", *_CRON[1:], "--count", "0"), 2, "from 1 to"),
    (("schedules", "next", *_CRON[1:], "--from", "soon"), 2, "'soon'"),
    (("schedules", "next", *_CRON[1:], "--from", "2026-03-05"), 2, "time zone"),
    (("schedules", "next", *_CRON[1:], "--from", "0001-01-01T00:00:00Z"), 2, "calendar"),
    (("schedules", "next", *_CRON[1:], "--from", "9999-12-31T00:00:00Z"), 2, "calendar"),
    (("schedules", "next", *_CRON[1:], "--zone", "Mars"), 2, "'Mars'"),
    (("schedules", "next", *_CRON[1:], "--window", "sometime"), 2, "not a window rule"),
    (("schedules", "list", "--nothing"), 2, "--nothing"),
    ((*_ADD, *ON, "--cron", "every day"), 2, "five fields"),
    ((*_ADD, *ON, "--cron", ",".join(map(str, range(60))) + " * * * *"), 2, "at most 120"),
    ((*_ADD, *_CRON), 2, "No instance is chosen"),
    ((*_ADD, *_CRON, "--instance", "nobody"), 1, "nobody"),
    ((*_ADD, *_CRON, *ON, "--zone", "Mars"), 2, "'Mars'"),
    ((*_ADD, *_CRON, *ON, "--window", "sometime"), 2, "not a window rule"),
    ((*_ADD, *_CRON, *ON, "--offset-hours", "nan"), 2, "hours"),
    ((*_ADD, *_CRON, *ON, "--offset-hours", "1e30"), 2, "hours"),
    ((*_ADD, *_CRON, *ON, "--offset-hours", "-5"), 2, "hours"),
    ((*_ADD, *_CRON, *ON, "--param", "nothing=1"), 2, "nothing"),
    ((*_ADD, *_CRON, *ON, "--sql", "good.sql"), 2, "either"),
    ((*_ADD, *_CRON, *ON, "--missed", "never"), 2, "never"),
    (("schedules", "add", "", *_CRON, *ON, "--sql", "good.sql"), 2, "needs a name"),
    (("schedules", "add", "n" * 201, *_CRON, *ON, "--sql", "good.sql"), 2, "at most 200"),
    (("schedules", "add", "n", *_CRON, *ON), 2, "either"),
    (("schedules", "add", "n", *_CRON, *ON, "--sql", "column.sql"), 1, "campaign"),
    (("schedules", "add", "n", *_CRON, *ON, "--sql", "deep.sql"), 1, "nested"),
    (("schedules", "add", "n", *_CRON, *ON, "--template", "nobody"), 1, "nobody"),
    (("schedules", "pause", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "resume", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "remove", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "take-over", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "take-over", "--of", "nobody"), 1, "no user"),
    (("schedules", "take-over"), 2, "either"),
    (("schedules", "run-now", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "history", "sc_nobody"), 1, "no schedule sc_nobody"),
    (("schedules", "backfill", "sc_nobody"), 2, "--from"),
    (
        ("schedules", "backfill", "sc_nobody", "--from", _MAY, "--to", "2026-05-08T00:00:00Z"),
        1,
        "no schedule sc_nobody",
    ),
    (("mappings", "import", "nofile.csv"), 2, "cannot be read"),
    (("mappings", "import", "picture.csv"), 1, "not a text file"),
    (("mappings", "import", "nothing.csv"), 1, "no column campaign_id"),
    (("mappings", "import", "headless.csv"), 1, "no column campaign_id"),
    (("mappings", "list", "--limit", "0"), 2, "from 1 to"),
    (("mappings", "export", "--out", "no/where/x.csv"), 2, "no/where"),
    (("mappings", "asins", "--limit", "0"), 2, "from 1 to"),
    (("mappings", "fetch", "--nothing"), 2, "--nothing"),
    (("instances", "show", "nobody"), 1, "nobody"),
    (("instances", "test", "nobody"), 1, "nobody"),
    (("instances", "capabilities", "--template", "nobody"), 1, "nobody"),
    (("instances", "capabilities", "--instance", "nobody"), 1, "nobody"),
    (("mappings", "apply-rules", "--nothing"), 2, "--nothing"),
    (("mappings", "unmapped", "--nothing"), 2, "--nothing"),
    (("users", "add", ""), 2, "1 to 120"),
    (("users", "add", "a\nb"), 2, "1 to 120"),
    (("users", "add", "bob", "--role", "king"), 2, "king"),
    (("users", "reset-password", "nobody"), 1, "no user 'nobody'"),
    (("users", "disable", "nobody"), 1, "no user 'nobody'"),
    (("users", "list", "--nothing"), 2, "--nothing"),
    (("connections", "add", "--refresh-token"), 2, "no refresh token"),
    (("connections", "add", "--paste"), 2, "not the address"),
    (("connections", "add", "--region", "MOON"), 2, "MOON"),
    (("connections", "list", "--nothing"), 2, "--nothing"),
    (("connections", "test", "cn_nobody"), 1, "no connection 'cn_nobody'"),
    (("connections", "discover", "cn_nobody"), 1, "no connection 'cn_nobody'"),
    (("connections", "remove", "cn_nobody"), 1, "no connection 'cn_nobody'"),
    (("connections", "rename", "cn_nobody", "x"), 1, "no connection 'cn_nobody'"),
    (("connections", "prefer", "ENTITY1", "cn_nobody"), 1, "no connection 'cn_nobody'"),
    (("connections", "serving", "--nothing"), 2, "--nothing"),
    (("keys", "rotate", "--nothing"), 2, "--nothing"),
    (("keys", "list", "--nothing"), 2, "--nothing"),
    (("keys", "replace-lost", "--nothing"), 2, "--nothing"),
    (("keys",), 2, "COMMAND"),
    (("db", "upgrade", "--nothing"), 2, "--nothing"),
    (("db", "backup", "--nothing"), 2, "--nothing"),
    (("db", "restore", "nofile.db"), 2, "nofile.db"),
    (("db", "restore", "nobackup.db"), 2, "no backup"),
    (("db", "restored", "--as-of", "soon"), 2, "soon"),
    (("db", "restored", "--as-of", "2999-01-01T00:00:00Z"), 2, "future"),
    (("db", "restored"), 2, "--as-of"),
    (("db", "copy", "nothing://x"), 2, "cannot be used"),
    (("db", "copy", "postgresql://u:pw-secret@127.0.0.1:9/x"), 2, "refused"),
    (("audit", "verify", "--nothing"), 2, "--nothing"),
    (("doctor", "--nothing"), 2, "--nothing"),
    (("worker", "--nothing"), 2, "--nothing"),
    (("up", "--nothing"), 2, "--nothing"),
)


def _id(case: Case) -> str:
    return " ".join(case[0])[:70] + f" [{case[2]}]"


@pytest.mark.parametrize("case", BAD, ids=_id)
def test_bad_input_is_one_sentence_with_a_way_out(shell: Shell, world: World, case: Case) -> None:
    words, code, told = case
    files = sorted(p.name for p in shell.folder.iterdir())
    accepted = len(world.truth())
    kept = (shell.json("schedules", "list"), shell.json("instances", "sets"))
    said = shell(*words)
    assert said.code == code, said
    shown = said.err or said.out
    assert told in shown, shown
    assert "Traceback" not in said.err
    assert "made a mistake" not in said.err
    assert "pw-secret" not in said.err
    assert len(said.err) < 900
    assert len(world.truth()) == accepted, "nothing may be sent"
    assert sorted(p.name for p in shell.folder.iterdir()) == files, "nothing half-written"
    assert (shell.json("schedules", "list"), shell.json("instances", "sets")) == kept


def _leaves(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Every command of a parser with the options and places that it takes."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        names = {o for a in parser._actions for o in (a.option_strings or [a.dest])}
        yield words, names
    for group in groups:
        for name, inner in group.choices.items():
            yield from _leaves(inner, (*words, name))


# The forms that other programs rely on.
_RUNS = {"--instance", "--set", "--start", "--end", "--zone", "--param", "--wait", "--out"}
FORMS: dict[str, set[str]] = {
    "instances sync": set(),
    "instances list": set(),
    "sql check": {"file", "--instance"},
    "sql explain": {"file"},
    "sql format": {"file"},
    "sql run": {"file", "--spreadsheet-safe", *_RUNS},
    "templates list": set(),
    "templates show": {"name"},
    "templates check": set(),
    "templates test": set(),
    "templates run": {"name", "--window", "--spreadsheet-safe", *_RUNS},
    "executions list": set(),
    "executions show": {"execution"},
    "executions wait": {"execution"},
    "executions cancel": {"execution"},
    "executions download": {"execution", "--out", "--spreadsheet-safe"},
    "executions manifest": {"execution"},
    "schedules next": {"cron", "--zone", "--from", "--count", "--window"},
    "schedules list": set(),
    "schedules add": {"--cron", "--zone", "--window", "--instance", "--set", "--param"},
    "schedules pause": {"schedule"},
    "schedules resume": {"schedule"},
    "schedules run-now": {"schedule"},
    "schedules backfill": {"schedule", "--from", "--to"},
    "schedules history": {"schedule"},
    "mappings import": {"file"},
    "mappings export": set(),
    "mappings apply-rules": set(),
    "mappings unmapped": set(),
    "users add": {"name"},
    "users reset-password": {"name"},
    "connections add": set(),
    "connections list": set(),
    "connections test": set(),
    "keys rotate": set(),
    "db upgrade": set(),
    "db backup": set(),
    "db restore": {"file"},
    "db restored": {"--as-of"},
    "db copy": {"url"},
    "audit verify": set(),
    "doctor": set(),
    "worker": set(),
    "up": set(),
}


def test_every_form_stands_and_every_command_has_its_bad_input() -> None:
    found = {" ".join(words): names for words, names in _leaves(build_parser())}
    assert not [
        (form, names - found.get(form, set()))
        for form, names in FORMS.items()
        if form not in found or not names <= found[form]
    ]
    assert all("--json" in names for names in found.values())
    covered = {" ".join(words[:n]) for words, _, _ in BAD for n in (1, 2)}
    assert not set(found) - covered, "a command without a row in BAD"
