"""Rotation under way, killed in the middle, and a key that is lost."""

import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from amc.container import Services
from amc.db.crypto import key_id_of, read_keys
from amc.db.models import Connection
from amc.errors import KeyFileError, UsageError
from amc.services import keys
from amc.settings import Settings
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.conftest import Build, connect, grant

INSTANCE = "amchnfozgta"


def rotate(services: Services) -> int:
    return keys.rotate(services.database, services.settings.key_file, services.audit, "t")


def test_a_running_process_takes_a_rotation_over(build: Build, amc: LocalAmc) -> None:
    running, other = build(), build()
    made = running.connections.add_refresh_token("t", grant(amc))
    begun = running.connections.begin()
    assert rotate(other) >= 4
    assert running.connections.test(made.connection_id).verdict == "fine"
    # What the running process seals from now on, the next start can open.
    amc.ask("POST", "/tokens/expire")
    assert isinstance(running.instances._amazon.instance(INSTANCE).list_workflows(), list)
    connect(running)
    [used] = [k for k in keys.uses(other.database, other.settings.key_file) if k.secrets]
    assert (used.in_file, used.newest) == (True, True)
    assert begun
    fresh = build()
    assert fresh.connections.test(made.connection_id).verdict == "fine"


def test_rotations_and_refreshes_at_once_lose_nothing(build: Build, amc: LocalAmc) -> None:
    running, other = build(), build()
    made = running.connections.add_refresh_token("t", grant(amc))
    failures: list[BaseException] = []

    def refresh() -> None:
        for _ in range(15):
            try:
                amc.ask("POST", "/tokens/expire")
                running.instances._amazon.instance(INSTANCE).list_workflows()
            except BaseException as exc:
                failures.append(exc)

    thread = threading.Thread(target=refresh)
    thread.start()
    for _ in range(10):
        rotate(other)
    thread.join(60)
    assert failures == []
    assert len(read_keys(other.settings.key_file)) == 1
    assert build().connections.test(made.connection_id).verdict == "fine"


def _rotate_and_die(settings: dict[str, object], at: str) -> None:
    from amc.container import build_services

    services = build_services(Settings(_env_file=None, **settings))  # type: ignore[arg-type]
    if at == "before the secrets":
        keys._reseal = lambda *_: os._exit(9)
    elif at == "before the commit":
        services.audit.record = lambda *_: os._exit(9)  # type: ignore[method-assign]
    else:
        written = keys.write_keys

        def write(path: Path, found: list[bytes]) -> None:
            os._exit(9) if len(found) == 1 else written(path, found)

        keys.write_keys = write  # type: ignore[assignment]
    rotate(services)


@pytest.mark.parametrize("at", ["before the secrets", "before the commit", "after the commit"])
def test_a_rotation_killed_in_the_middle_leaves_everything_readable(
    build: Build, amc: LocalAmc, tmp_path: Path, at: str
) -> None:
    services = build()
    made = services.connections.add_refresh_token("t", grant(amc))
    settings = {"api_url": amc.url, "data_dir": tmp_path / "data"}
    process = multiprocessing.get_context("spawn").Process(
        target=_rotate_and_die, args=(settings, at)
    )
    process.start()
    process.join(300)
    assert process.exitcode == 9
    again = build()
    assert again.connections.key_problem() is None
    assert again.connections.test(made.connection_id).verdict == "fine"
    rotate(again)
    assert len(read_keys(again.settings.key_file)) == 1
    assert build().connections.test(made.connection_id).verdict == "fine"


def test_ciphertext_of_another_connection_is_refused(build: Build, amc: LocalAmc) -> None:
    services = build()
    first = services.connections.add_refresh_token("t", grant(amc), label="one")
    second = services.connections.add_refresh_token("t", grant(amc), label="two")
    with services.database.write() as session:
        one, two = session.query(Connection).order_by(Connection.id)
        two.refresh_token = one.refresh_token
        two.access_token = one.access_token
    with pytest.raises(KeyFileError, match="not sealed for"):
        services.instances._amazon.discovery(second.connection_id).list_accounts()
    assert services.connections.test(first.connection_id).verdict == "fine"
    assert services.instances.sync("t").instances == 58


def test_a_lost_key_is_replaced_and_nothing_is_destroyed(build: Build, amc: LocalAmc) -> None:
    services = build()
    services.connections.add_refresh_token("t", grant(amc))
    path, old = services.settings.key_file, read_keys(services.settings.key_file)
    with pytest.raises(UsageError, match="nothing is lost"):
        keys.replace_lost(services.database, path, services.audit, "t")
    path.unlink()
    locked = build()
    with locked.database.read() as session:
        before = bytes(session.get_one(Connection, 1).refresh_token)
    assert keys.replace_lost(locked.database, path, locked.audit, "t") == 1
    fresh = build()
    [view] = fresh.connections.all()
    assert view.state == "needs_person"
    assert "is lost" in view.state_reason
    with fresh.database.read() as session:
        assert bytes(session.get_one(Connection, 1).refresh_token) == before
    assert key_id_of(before) not in fresh.sealer.key_ids
    # The old key turns up: as a second line it opens what it sealed.
    path.write_bytes(b"\n".join([*read_keys(path), *old]) + b"\n")
    assert fresh.connections.test(view.connection_id).verdict == "fine"
