"""`db …`: the database."""

import argparse
from pathlib import Path

from amc.cli.main import add, group
from amc.cli.output import Output
from amc.clock import parse_clock
from amc.container import open_database
from amc.db import copying, migrate
from amc.settings import load_settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "db", "the database")
    add(inner, "upgrade", _upgrade, "bring the tables up to date (every start does it too)")
    add(inner, "backup", _backup, "a consistent copy of the SQLite database")
    restoring = add(inner, "restore", _restore, "put a backup back; every process must be stopped")
    restoring.add_argument("file")
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
    path = copying.restore(load_settings().database_url, Path(args.file))
    output.answer({"file": str(path)}, f"Restored; what was there before lies in {path}.")
    return 0


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
