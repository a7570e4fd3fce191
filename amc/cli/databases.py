"""`db …`: the database."""

import argparse
from datetime import timedelta
from pathlib import Path

from amc.cli.context import actor, read_instant, services
from amc.cli.main import add, group
from amc.cli.output import Output
from amc.clock import parse_clock
from amc.container import open_database
from amc.db import copying, migrate, restoring
from amc.db.crypto import open_sealer
from amc.errors import KeyFileError
from amc.settings import Settings, load_settings

_KEY_HINT = (
    "If the key was rotated since, put the older one into the key file as a second line; if it is "
    "lost: python -m amc keys replace-lost, and reconnect the logins."
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "db", "the database")
    add(inner, "upgrade", _upgrade, "bring the tables up to date (every start does it too)")
    add(inner, "backup", _backup, "a consistent copy of the SQLite database")
    restoring = add(inner, "restore", _restore, "put a backup back; every process must be stopped")
    restoring.add_argument("file")
    told = add(
        inner,
        "restored",
        _restored,
        "say that the database was put back by other means (pg_restore, a snapshot)",
    )
    told.add_argument(
        "--as-of",
        required=True,
        metavar="INSTANT",
        help="what it shows is from then; rather too early than too late",
    )
    moving = add(inner, "copy", _copy, "copy everything into another, empty database")
    moving.add_argument("url", help="e.g. postgresql://user:password@host/name")


def _upgrade(args: argparse.Namespace, output: Output) -> int:
    settings = load_settings()
    database = open_database(settings, parse_clock(settings.clock))
    revision = migrate.current(database)
    database.close()
    output.answer({"revision": revision}, f"The database is at revision {revision}.")
    return 0


def _backup(args: argparse.Namespace, output: Output) -> int:
    settings = load_settings()
    clock = parse_clock(settings.clock)
    database = open_database(settings, clock)
    path = migrate.backup(database, now=clock.now(), label="by-hand")
    database.close()
    output.answer({"file": str(path)}, f"Backed up to {path}. Keep the key file apart from it.")
    return 0


def _restore(args: argparse.Namespace, output: Output) -> int:
    settings = load_settings()
    now = parse_clock(settings.clock).now()
    done = restoring.restore(settings.database_url, Path(args.file), now=now)
    kept = str(done.kept) if done.kept else None
    problem = _key_problem(settings)
    output.answer(
        {"file": str(done.file), "kept": kept, "as_of": done.as_of.isoformat()}
        | {"revision": done.revision, "key_problem": problem.message if problem else None},
        f"Restored and checked: {done.file} shows what was at {done.as_of:%Y-%m-%d %H:%M:%S} UTC, "
        f"{_age(now - done.as_of)} ago.\n"
        + (f"The former files lie untouched in {kept}.\n" if kept else "")
        + "What was sent to Amazon since then is looked for in its list and taken up; nothing of "
        "it is sent again.\n"
        + (f"{problem.message} {_KEY_HINT}\n" if problem else "")
        + "Start the processes again.",
    )
    return 0


def _key_problem(settings: Settings) -> KeyFileError | None:
    database = open_database(settings, parse_clock(settings.clock))
    try:
        open_sealer(database, settings.key_file)
    except KeyFileError as exc:
        return exc
    finally:
        database.close()
    return None


def _restored(args: argparse.Namespace, output: Output) -> int:
    as_of = read_instant(args.as_of)
    with services() as built:
        found = built.restores.declare(actor(), as_of)
    output.answer(
        {"as_of": found.as_of.isoformat(), "restored_at": found.restored_at.isoformat()},
        "What was sent to Amazon since then is looked for in its list before anything is sent.",
    )
    return 0


def _age(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return f"{span.days} days"
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min"


def _copy(args: argparse.Namespace, output: Output) -> int:
    settings = load_settings()
    clock = parse_clock(settings.clock)
    source = open_database(settings, clock)
    target_settings = load_settings(database_url_raw=args.url)
    target = open_database(target_settings, clock)
    counts = copying.copy(source, target)
    source.close()
    target.close()
    total = sum(counts.values())
    output.answer({"rows": counts}, f"{total:,} rows of {len(counts)} tables copied.")
    return 0
