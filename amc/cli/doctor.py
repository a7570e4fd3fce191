"""`doctor`: what is right and what is not, each with the one thing to do."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from amc.cli.main import add
from amc.cli.output import Output
from amc.clock import parse_clock
from amc.container import Services, build_services
from amc.db import migrate
from amc.db.crypto import open_sealer
from amc.db.engine import Database, make_engine
from amc.errors import AmcError, StorageFullError
from amc.results.store import make_store
from amc.settings import Settings, load_settings

_LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: Literal["fine", "warning", "broken"]
    message: str
    hint: str = ""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    add(commands, "doctor", _doctor, "look at everything, and say what to do")


def _doctor(args: argparse.Namespace, output: Output) -> int:
    found = list(examine())
    marks = {"fine": "ok     ", "warning": "warning", "broken": "BROKEN "}
    text = "\n".join(
        f"{marks[c.verdict]}  {c.name}: {c.message}" + (f"\n         {c.hint}" if c.hint else "")
        for c in found
    )
    output.answer({"checks": [asdict(c) for c in found]}, text)
    return 2 if any(c.verdict == "broken" for c in found) else 0


def examine() -> Iterator[Check]:
    """Every check; those that need what an earlier one found broken are left out."""
    yield Check("python", "fine", sys.version.split()[0])
    try:
        settings = load_settings()
    except AmcError as exc:
        yield Check("settings", "broken", exc.message, exc.hint)
        return
    yield Check("settings", "fine", "readable")
    yield from _storage(settings)
    database_checks = list(_database(settings))
    yield from database_checks
    if any(c.verdict == "broken" for c in database_checks):
        return
    services = build_services(settings)
    try:
        yield from _amazon(services)
        yield _scheduler(services)
        yield _trail(services)
    finally:
        services.close()


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, "fine", look())
    except AmcError as exc:
        return Check(name, "broken", exc.message, exc.hint)
    except OSError as exc:
        return Check(name, "broken", f"{exc.strerror}: {exc.filename or ''}".rstrip(": "))


def _storage(settings: Settings) -> Iterator[Check]:
    def folder() -> str:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data_dir / ".doctor"
        probe.write_text("x")
        probe.unlink()
        free = shutil.disk_usage(settings.data_dir).free
        if free < _LEAST_FREE_BYTES:
            raise StorageFullError(f"Only {free // 1_000_000} MB are free in the data folder.")
        return f"writable, {free // 1_000_000_000} GB free"

    yield _try("data folder", folder)

    def results() -> str:
        store = make_store(settings)
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "probe.txt"
            probe.write_text("x")
            store.delete(store.put(probe, "doctor/probe.txt"))
        return "an S3 bucket" if settings.s3_bucket_name else "a local folder"

    yield _try("result store", results)


def _database(settings: Settings) -> Iterator[Check]:
    def reachable() -> str:
        database = Database(make_engine(settings.database_url))
        database.ping()
        migrate.upgrade(database, now=parse_clock(settings.clock).now())
        database.close()
        return "SQLite" if database.is_sqlite else "PostgreSQL"

    yield _try("database", reachable)

    def key() -> str:
        database = Database(make_engine(settings.database_url))
        try:
            open_sealer(database, settings.key_file)
        finally:
            database.close()
        return "opens the stored secrets"

    yield _try("encryption key", key)


def _amazon(services: Services) -> Iterator[Check]:
    if not services.settings.client_id:
        yield Check(
            "client id",
            "broken",
            "AMAZON_CLIENT_ID is not set.",
            "Set it and AMAZON_CLIENT_SECRET in .env.",
        )
    found = services.connections.all()
    if not found:
        yield Check(
            "connections",
            "warning",
            "There is no Amazon connection yet.",
            "Connect one under Settings, or with: python -m amc connections add",
        )
    for connection in found:
        test = services.connections.test(connection.connection_id)
        verdict: Literal["fine", "warning", "broken"] = {
            "fine": "fine",
            "retrying": "warning",
            "no_amc": "warning",
        }.get(test.verdict, "broken")  # type: ignore[assignment]
        yield Check(f"connection {connection.label}", verdict, test.message, test.hint)
    instances = services.instances.all()
    lost = [i for i in instances if i.access == "lost"]
    if found and not instances:
        yield Check(
            "instances", "warning", "No instance is known.", "Run: python -m amc instances sync"
        )
    elif lost:
        yield Check(
            "instances",
            "warning",
            f"{len(lost)} of {len(instances)} without access: {lost[0].access_reason}",
            "Check the login's rights in the AMC console.",
        )
    elif instances:
        yield Check("instances", "fine", f"{len(instances)} known")


def _scheduler(services: Services) -> Check:
    if services.health.scheduler_alive():
        return Check("scheduler", "fine", "alive")
    return Check(
        "scheduler",
        "warning",
        "No scheduler runs, so nothing moves.",
        "Start it with: python -m amc.scheduler (make run starts it too).",
    )


def _trail(services: Services) -> Check:
    problems = services.audit.verify()
    if problems:
        return Check(
            "audit trail", "broken", problems[0], "Somebody changed the trail in the database."
        )
    return Check("audit trail", "fine", "whole")
