"""A database that was put back is noticed, whoever did it; one that only grows never is."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from amc.clock import FrozenClock
from amc.container import Services, build_services, open_database
from amc.db.models import FleetRun, KeyValue
from amc.db.repos import restores as repo
from amc.db.repos.restores import Restore, Watermark
from amc.errors import DatabaseError, UsageError
from amc.services.restores import RestoresService, watermark_file
from amc.settings import Settings, load_settings
from tests.conftest import NOW


def watching(built: Services, settings: Settings | None = None) -> RestoresService:
    """As another scheduler would, on this machine or on another."""
    return RestoresService(built.database, built.clock, settings or built.settings, built.audit)


def mark(built: Services) -> Watermark:
    with built.database.read() as session:
        found = repo.watermark(session)
    assert found is not None
    return found


def put_back(built: Services, old: Watermark | None) -> None:
    with built.database.write() as session:
        if old is not None:
            repo.put_watermark(session, old)
        else:
            session.delete(session.get_one(KeyValue, "watermark"))


def work(built: Services) -> None:
    with built.database.write() as session:
        session.add(
            FleetRun(
                public_id="fr_1",
                title="x",
                kind="interactive",
                created_by="a",
                created_at=built.clock.now(),
            )
        )


def test_a_database_that_only_grows_is_never_taken_for_a_restored_one(
    built: Services, clock: FrozenClock, tmp_path: Path
) -> None:
    elsewhere = built.settings.model_copy(update={"data_dir": tmp_path / "other-machine"})
    schedulers = [watching(built), watching(built), watching(built, elsewhere)]
    numbers = []
    for round_ in range(9):
        # Clocks that stand still or are set back do not matter.
        clock.set(NOW + timedelta(minutes=(5, 5, 1)[round_ % 3]))
        assert schedulers[round_ % 3].watch(at_start=True) is False
        numbers.append(mark(built).number)
    assert numbers == sorted(set(numbers))
    assert built.restores.current() is None


def test_an_older_database_is_noticed_once_and_as_of_its_own_mark(
    built: Services, clock: FrozenClock
) -> None:
    service = built.restores
    service.watch(at_start=True)
    old = mark(built)
    clock.advance(timedelta(hours=2))
    service.watch(at_start=True)
    put_back(built, old)
    clock.advance(timedelta(hours=1))
    assert service.watch(at_start=True) is True
    assert service.current() == Restore(NOW, NOW + timedelta(hours=3), "found")
    assert service.watch(at_start=True) is False


def test_it_is_noticed_while_a_scheduler_runs_and_cheaply(
    built: Services, clock: FrozenClock
) -> None:
    service = built.restores
    service.watch(at_start=True)
    old = mark(built)
    service.watch(at_start=True)
    put_back(built, old)
    assert service.watch() is False  # every few seconds is often enough
    clock.advance(timedelta(seconds=30))
    assert service.watch() is True


def test_a_backup_from_before_there_were_marks_is_noticed(
    built: Services, clock: FrozenClock
) -> None:
    work(built)
    clock.advance(timedelta(days=1))
    built.restores.watch(at_start=True)
    put_back(built, None)
    assert built.restores.watch(at_start=True) is True
    found = built.restores.current()
    assert found is not None
    assert found.as_of == NOW


def test_a_new_database_and_another_one_are_no_restored_ones(
    built: Services, clock: FrozenClock
) -> None:
    built.restores.watch(at_start=True)
    put_back(built, None)
    assert built.restores.watch(at_start=True) is False
    clock.advance(timedelta(minutes=1))
    put_back(built, Watermark("of another installation", 3, NOW))
    assert built.restores.watch(at_start=True) is False
    assert built.restores.current() is None


def test_a_mark_of_a_clock_that_was_ahead_is_not_believed(
    built: Services, clock: FrozenClock
) -> None:
    work(built)
    clock.set(NOW + timedelta(days=365))
    built.restores.watch(at_start=True)
    old = mark(built)
    built.restores.watch(at_start=True)
    clock.set(NOW + timedelta(hours=1))
    put_back(built, old)
    assert built.restores.watch(at_start=True) is True
    found = built.restores.current()
    assert found is not None
    assert found.as_of == NOW


@pytest.mark.parametrize("content", ["", "{", "[]", '{"database": 1}', "\x00"])
def test_a_file_that_cannot_be_read_stops_nothing(built: Services, content: str) -> None:
    built.restores.watch(at_start=True)
    file = watermark_file(built.settings)
    file.write_text(content)
    assert built.restores.watch(at_start=True) is False
    assert str(mark(built).number) in file.read_text()


def test_a_full_disk_stops_nothing(built: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    built.restores.watch(at_start=True)
    before = watermark_file(built.settings).read_text()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert built.restores.watch(at_start=True) is False
    assert watermark_file(built.settings).read_text() == before
    assert built.restores.watch(at_start=True) is False


def test_a_person_says_so(built: Services, clock: FrozenClock) -> None:
    with pytest.raises(UsageError, match="future"):
        built.restores.declare("ann", NOW + timedelta(seconds=1))
    as_of = NOW - timedelta(hours=5)
    assert built.restores.declare("ann", as_of) == Restore(as_of, NOW, "told")
    assert built.restores.current() == Restore(as_of, NOW, "told")
    assert built.audit.verify() == []


# On SQLite alone: the file itself


@pytest.fixture
def alone(tmp_path: Path, clock: FrozenClock) -> Iterator[Services]:
    built = build_services(load_settings(data_dir=tmp_path / "d"), clock=clock)
    yield built
    built.close()


def test_a_log_that_was_deleted_is_noticed(alone: Services, clock: FrozenClock) -> None:
    file = alone.settings.data_dir / "amc.db"
    alone.restores.watch(at_start=True)
    alone.database.close()  # what was written so far is in the file itself
    clock.advance(timedelta(minutes=1))
    alone.restores.watch(at_start=True)
    without_log = file.with_name("copy")
    shutil.copyfile(file, without_log)
    alone.close()
    without_log.replace(file)
    again = build_services(alone.settings, clock=clock)
    assert again.restores.watch(at_start=True) is True
    found = again.restores.current()
    assert found is not None
    assert found.as_of == NOW
    again.close()


@pytest.mark.parametrize("emptied", [True, False])
def test_a_database_that_is_gone_is_not_silently_begun_anew(
    alone: Services, clock: FrozenClock, *, emptied: bool
) -> None:
    settings, file = alone.settings, alone.settings.data_dir / "amc.db"
    alone.restores.watch(at_start=True)
    alone.close()
    if emptied:
        file.write_bytes(b"")
    else:
        file.unlink()
    with pytest.raises(DatabaseError, match="gone or empty") as caught:
        open_database(settings, clock)
    assert "db restore" in str(caught.value)
    assert file.exists() is emptied
    watermark_file(settings).unlink()
    open_database(settings, clock).close()
