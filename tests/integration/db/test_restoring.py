"""A backup put back over a database in any state: whole and verified, or nothing is changed."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from amc.clock import FrozenClock
from amc.container import open_database
from amc.db import migrate, restoring
from amc.db.engine import Database, make_engine
from amc.db.models import FleetRun, KeyValue
from amc.db.repos import restores
from amc.errors import DatabaseError, StorageFullError, UsageError
from amc.settings import Settings, load_settings
from tests.conftest import NOW, open_test_database

Harm = Callable[[Path], None]
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "amc.db"


def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def backup(file: Path) -> Path:
    """Of a database with one run in it; more was written since."""
    database = open_test_database(url(file))
    with database.write() as session:
        session.add(KeyValue(key="a", value=b"1"))
        session.add(
            FleetRun(
                public_id="fr_1", title="x", kind="interactive", created_by="a", created_at=NOW
            )
        )
    made = migrate.backup(database, now=NOW, label="by-hand")
    with database.write() as session:
        session.get_one(KeyValue, "a").value = b"2"
    database.close()
    return made


def value(file: Path) -> bytes:
    database = Database(make_engine(url(file)))
    try:
        with database.read() as session:
            return bytes(session.get_one(KeyValue, "a").value)
    finally:
        database.close()


def head_destroyed(file: Path) -> None:
    with file.open("r+b") as raw:
        raw.write(os.urandom(100))


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 3)


def pages_flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(4096 + 50, len(content), 4096):
        content[at : at + 40] = bytes(255 - b for b in content[at : at + 40])
    file.write_bytes(content)


def no_database(file: Path) -> None:
    file.write_bytes(b"not a database at all, but long enough to be looked at" * 40)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def strange_wal(file: Path) -> None:
    Path(f"{file}-wal").write_bytes(b"7" * 5000)
    Path(f"{file}-shm").write_bytes(b"8" * 300)


HARMS = [head_destroyed, cut_short, pages_flipped, no_database, emptied, strange_wal]


@pytest.mark.parametrize("harm", HARMS)
def test_over_a_damaged_database_and_what_was_there_lies_untouched(
    file: Path, backup: Path, harm: Harm
) -> None:
    harm(file)
    before = {p.name: p.read_bytes() for p in file.parent.glob("amc.db*") if "lock" not in p.name}
    done = restoring.restore(url(file), backup, now=LATER)
    assert done.kept is not None
    assert {p.name: p.read_bytes() for p in done.kept.iterdir()} == before
    assert value(file) == b"1"
    assert done.as_of == NOW
    # What came in the way of nobody: no half-made folder is left.
    assert not list(file.parent.glob("*restoring*"))


def test_where_there_is_no_database_at_all(file: Path, backup: Path) -> None:
    for part in file.parent.glob("amc.db*"):
        part.unlink()
    done = restoring.restore(url(file), backup, now=LATER)
    assert done.kept is None
    assert value(file) == b"1"


def test_a_folder_that_stands_in_its_place_is_moved_aside(file: Path, backup: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "x").write_text("kept")
    done = restoring.restore(url(file), backup, now=LATER)
    assert done.kept is not None
    assert (done.kept / "amc.db" / "x").read_text() == "kept"
    assert value(file) == b"1"


def test_what_was_moved_aside_is_never_written_over(file: Path, backup: Path) -> None:
    kept = {restoring.restore(url(file), backup, now=LATER).kept for _ in range(3)}
    assert len(kept) == 3
    assert all(folder is not None and (folder / "amc.db").is_file() for folder in kept)


def test_the_restored_database_knows_what_it_is(file: Path, backup: Path) -> None:
    restoring.restore(url(file), backup, now=LATER)
    database = Database(make_engine(url(file)))
    with database.read() as session:
        found = restores.restored(session)
    database.close()
    assert found == restores.Restore(NOW, LATER, "db restore")
    assert file.stat().st_mode & 0o077 == 0


def test_a_restore_after_a_restore_keeps_the_older_state_in_mind(file: Path, backup: Path) -> None:
    restoring.restore(url(file), backup, now=LATER)
    database = Database(make_engine(url(file)))
    with database.write() as session:
        again = LATER + timedelta(hours=1)
        kept = restores.put_restored(session, restores.Restore(LATER, again, "told"))
        assert kept == restores.Restore(NOW, again, "told")
        much_later = LATER + timedelta(days=90)
        new = restores.Restore(much_later, much_later, "told")
        assert restores.put_restored(session, new) == new
    database.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(file: Path, backup: Path) -> None:
    database = Database(make_engine(url(backup)))
    migrate.downgrade(database, "0005")
    database.close()
    done = restoring.restore(url(file), backup, now=LATER)
    assert done.revision == migrate.HEAD
    database = Database(make_engine(url(file)))
    assert migrate.current(database) == migrate.HEAD
    database.close()
    # That it was migrated is no reason for one more backup.
    assert len(list((file.parent / "backups").glob("*.db"))) == 1


def test_a_backup_of_a_newer_program_is_refused(file: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    refused(file, backup, DatabaseError, "newer version")


def refused(file: Path, backup: Path, kind: type[Exception], words: str) -> None:
    """Refused, and every file is as it was."""

    def all_files() -> dict[Path, bytes]:
        found = (p for p in file.parent.rglob("*") if p.is_file() and "lock" not in p.name)
        return {p: p.read_bytes() for p in found if "locks" not in p.parts}

    before = all_files()
    with pytest.raises(kind, match=words):
        restoring.restore(url(file), backup, now=LATER)
    assert all_files() == before


@pytest.mark.parametrize("harm", [head_destroyed, cut_short, pages_flipped, no_database, emptied])
def test_a_backup_that_is_damaged_itself_is_refused(file: Path, backup: Path, harm: Harm) -> None:
    harm(backup)
    refused(file, backup, UsageError, backup.name)


def test_the_database_is_no_backup_of_itself(file: Path, backup: Path) -> None:
    refused(file, file, UsageError, "the database itself")


def test_another_program_s_database_is_refused(file: Path, backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.commit()
    refused(file, other, UsageError, "no backup")


def test_a_failure_in_the_middle_puts_the_former_files_back(
    file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange_wal(file)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(restoring, "_flush", full)
    refused(file, backup, StorageFullError, "No space left")


def test_a_copy_made_by_hand_counts_with_the_log_beside_it(
    file: Path, backup: Path, tmp_path: Path
) -> None:
    database = Database(make_engine(url(file)))
    with database.write() as session:
        session.get_one(KeyValue, "a").value = b"3"
    copied = tmp_path / "copied.db"
    shutil.copyfile(file, copied)
    shutil.copyfile(f"{file}-wal", f"{copied}-wal")
    database.close()
    before = {p.name: p.read_bytes() for p in tmp_path.glob("copied*")}
    assert len(before) == 2
    restoring.restore(url(file), copied, now=LATER)
    assert value(file) == b"3"
    assert {p.name: p.read_bytes() for p in tmp_path.glob("copied*")} == before


def test_while_somebody_works_on_it_nothing_is_put_back(
    file: Path, backup: Path, settings: Settings, clock: FrozenClock
) -> None:
    working = open_database(settings, clock)
    with pytest.raises(DatabaseError, match=f"in use by .*process {os.getpid()}"):
        restoring.restore(url(file), backup, now=LATER)
    working.close()
    assert value(file) == b"2"
    restoring.restore(url(file), backup, now=LATER)
    assert value(file) == b"1"


def test_nobody_begins_to_work_while_a_backup_is_put_back(
    file: Path,
    backup: Path,
    settings: Settings,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def start(*_: object) -> None:
        with pytest.raises(DatabaseError) as caught:
            open_database(settings, clock)
        tried.append(str(caught.value))

    monkeypatch.setattr(restoring, "_flush", start)
    restoring.restore(url(file), backup, now=LATER)
    assert len(tried) == 1
    assert "being put back" in tried[0]


@pytest.fixture
def settings(file: Path) -> Settings:
    return load_settings(data_dir=file.parent)


@pytest.mark.parametrize("harm", [head_destroyed, cut_short, pages_flipped, no_database])
def test_a_start_on_a_damaged_database_names_the_newest_backup(
    file: Path, backup: Path, settings: Settings, clock: FrozenClock, harm: Harm
) -> None:
    older = backup.with_name("amc-20250101T000000-by-hand.db")
    shutil.copyfile(backup, older)
    os.utime(older, (1, 1))
    harm(file)
    with pytest.raises(DatabaseError) as caught:
        database = open_database(settings, clock)
        with database.read() as session:
            session.execute(text("SELECT * FROM key_values")).all()
            session.execute(text("PRAGMA integrity_check")).all()
            session.execute(text("SELECT * FROM fleet_runs")).all()
    assert f"db restore {backup}" in str(caught.value)


# Backups


def test_what_a_person_backed_up_stays(file: Path) -> None:
    database = open_test_database(url(file))
    made = [migrate.backup(database, now=NOW, label="by-hand") for _ in range(8)]
    for number in range(8):
        at = NOW + timedelta(days=number)
        migrate.backup(database, now=at, label=f"before-{number:04}")
    database.close()
    assert len(set(made)) == 8
    assert all(path.is_file() for path in made)
    automatic = sorted(p.name for p in (file.parent / "backups").glob("*before-*.db"))
    assert [name[-7:-3] for name in automatic] == ["0003", "0004", "0005", "0006", "0007"]


def test_a_backup_is_one_file_and_stays_one_when_it_is_read(file: Path, backup: Path) -> None:
    folder = backup.parent
    assert list(folder.iterdir()) == [backup]
    assert backup.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM fleet_runs").fetchone() == (1,)
        assert list(folder.iterdir()) == [backup]
    restoring.restore(url(file), backup, now=LATER)
    assert list(folder.iterdir()) == [backup]


@pytest.mark.parametrize("harm", [no_database, pages_flipped])
def test_no_backup_is_made_of_a_damaged_database(file: Path, backup: Path, harm: Harm) -> None:
    harm(file)
    database = Database(make_engine(url(file)))
    with pytest.raises(DatabaseError, match="damaged"):
        migrate.backup(database, now=LATER, label="by-hand")
    database.close()
    assert list(backup.parent.iterdir()) == [backup]


def test_a_folder_that_cannot_be_made_is_told(file: Path) -> None:
    database = open_test_database(url(file))
    (file.parent / "backups").write_text("in the way")
    with pytest.raises(StorageFullError, match="backups") as caught:
        migrate.backup(database, now=NOW, label="by-hand")
    assert "Mend who may write" in str(caught.value)
    database.close()


def test_on_postgresql_the_way_is_named(backup: Path) -> None:
    with pytest.raises(UsageError, match="db restored --as-of"):
        restoring.restore("postgresql+psycopg2://u@127.0.0.1:1/x", backup, now=NOW)
