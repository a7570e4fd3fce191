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
from amc.container import Services, build_services, open_database
from amc.db.crypto import open_sealer
from amc.db.engine import Database, make_engine
from amc.errors import AmcError, StorageFullError
from amc.results.store import make_store
from amc.services.views import ConnectionView
from amc.settings import Settings, load_settings

_LEAST_FREE_BYTES = 500_000_000
_WORST_SKEW_S = 60.0
Verdict = Literal["fine", "warning", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: Verdict
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
    if any(c.verdict == "broken" for c in database_checks if c.name == "database"):
        return
    locked = any(c.verdict == "broken" for c in database_checks)
    services = build_services(settings)
    try:
        # Without the key every login would only say so again.
        if not locked:
            yield from _amazon(services)
        yield _scheduler(services)
        yield from _restored(services)
        yield from _jobs(services)
        yield from _rows(services)
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
        database = open_database(settings, parse_clock(settings.clock))
        database.ping()
        database.close()
        return "SQLite" if database.is_sqlite else "PostgreSQL"

    found = _try("database", reachable)
    yield found
    if found.verdict == "broken":
        return  # the key is told by what the database holds

    def key() -> str:
        database = Database(make_engine(settings.database_url))
        try:
            open_sealer(database, settings.key_file)
        finally:
            database.close()
        return "opens the stored secrets"

    yield _try("encryption key", key)


def _amazon(services: Services) -> Iterator[Check]:
    yield _client(services.settings)
    found = services.connections.all()
    if not found:
        yield Check(
            "connections",
            "warning",
            "There is no Amazon connection yet.",
            "Connect one under Settings, or with: python -m amc connections add",
        )
    for connection in found:
        yield _connection(services, connection)
    yield from _time(services)
    for one in services.connections.announcements():
        if one.connection_id and "ends" in one.message:
            verdict: Verdict = "broken" if one.urgent else "warning"
            yield Check("consent", verdict, one.message, one.hint)
    yield from _accounts(services)
    yield from _instances(services, connected=bool(found))


def _client(settings: Settings) -> Check:
    if not settings.client_id:
        return Check(
            "client", "broken", "AMAZON_CLIENT_ID is not set.", "Set it and the secret in .env."
        )
    if not settings.client_secret.get_secret_value():
        return Check("client", "broken", "AMAZON_CLIENT_SECRET is not set.", "Set it in .env.")
    return Check("client", "fine", "client id and secret are set")


def _time(services: Services) -> Iterator[Check]:
    """This machine's clock against Amazon's, as the calls just made have shown it."""
    skew = services.connections.clock_skew_s()
    if skew is not None and abs(skew) > _WORST_SKEW_S:
        yield Check(
            "clock",
            "warning",
            f"This machine's clock is {abs(skew) / 60:.0f} minutes "
            f"{'ahead of' if skew > 0 else 'behind'} Amazon's.",
            "Set it by NTP. Logins work all the same; schedules fire by this machine's clock.",
        )


def _connection(services: Services, connection: ConnectionView) -> Check:
    if connection.client_id and connection.client_id != services.settings.client_id:
        return Check(
            f"connection {connection.label}",
            "broken",
            f"It was given to another client ({connection.client_id}).",
            "Reconnect it, or set AMAZON_CLIENT_ID back.",
        )
    test = services.connections.test(connection.connection_id)
    verdict: Verdict = "broken"
    if test.verdict == "fine":
        verdict = "fine"
    elif test.verdict in ("retrying", "no_amc"):
        verdict = "warning"
    return Check(f"connection {connection.label}", verdict, test.message, test.hint)


def _accounts(services: Services) -> Iterator[Check]:
    for account in services.connections.serving():
        if account.served_by:
            continue
        why = "; ".join(account.problems.values()) or "no login can see it"
        yield Check(
            f"account {account.name}",
            "broken",
            f"No login serves its {account.instances} instances: {why}",
            "Reconnect the login, or connect another that has access.",
        )


def _instances(services: Services, *, connected: bool) -> Iterator[Check]:
    instances = services.instances.all()
    lost = [i for i in instances if i.access == "lost"]
    if connected and not instances:
        yield Check(
            "instances",
            "warning",
            "No instance is known.",
            "Run: python -m amc instances sync. If it finds none, the AMC account has none yet.",
        )
    elif lost:
        yield Check(
            "instances",
            "warning",
            f"{len(lost)} of {len(instances)} without access: {lost[0].access_reason}",
            "Check the login's rights and the terms in the AMC console.",
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


def _restored(services: Services) -> Iterator[Check]:
    """Whether a backup was put back, and what is done about work sent since it."""
    found = services.restores.current()
    if found is None:
        return
    yield Check(
        "backup put back",
        "fine",
        f"on {found.restored_at:%Y-%m-%d %H:%M} UTC, as of {found.as_of:%Y-%m-%d %H:%M} UTC; what "
        "was sent in between is looked for in Amazon's list before a run of that time is sent, "
        f"and for runs by hand until {services.restores.look_ends_at(found):%Y-%m-%d}",
    )


def _jobs(services: Services) -> Iterator[Check]:
    for one in services.health.failing_jobs():
        yield Check(f"job {one.job}", "broken", f"{one.message} {one.reason}", one.hint)


def _rows(services: Services) -> Iterator[Check]:
    """Schedules that were set aside, and rows of other tables that cannot be read."""
    for table, name, reason in services.health.unreadable_rows():
        yield Check(
            f"row of {table}",
            "broken",
            f"{name}: {reason}",
            "Somebody changed it in the database. Mend it there, or put a backup back.",
        )
    for row in services.schedules.all():
        if row.broken:
            yield Check(
                f"schedule {row.name}",
                "broken",
                f"It was set aside and does not fire: {row.broken}",
                f"Change it on its page, or: python -m amc schedules remove {row.id}",
            )


def _trail(services: Services) -> Check:
    problems = services.audit.verify()
    if problems:
        return Check(
            "audit trail", "broken", problems[0], "Somebody changed the trail in the database."
        )
    return Check("audit trail", "fine", "whole")
