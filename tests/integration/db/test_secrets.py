from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet

from amc.clock import FrozenClock
from amc.db.crypto import Sealer, open_sealer, read_keys, write_keys
from amc.db.engine import Database
from amc.db.models import Connection
from amc.db.tokens import DbTokenStore
from amc.errors import KeyFileError
from amc.services.keys import rotate
from tests.conftest import NOW


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "fernet.key"


def add_connection(database: Database, store: DbTokenStore, name: str = "cn_1") -> None:
    with database.write() as session:
        session.add(
            Connection(
                public_id=name,
                label=name,
                region="NA",
                client_id="c",
                state="valid",
                refresh_token=store.seal("Atzr|one", name, "refresh"),
                state_reason="",
                consented_at=NOW,
                created_at=NOW,
            )
        )


def test_the_key_is_made_once_and_for_its_owner_only(database: Database, key_file: Path) -> None:
    first = open_sealer(database, key_file)
    assert key_file.stat().st_mode & 0o777 == 0o600
    sealed = first.seal("x", purpose="p")
    assert open_sealer(database, key_file).open(sealed, purpose="p") == "x"


def test_a_missing_key_is_never_replaced(database: Database, key_file: Path) -> None:
    open_sealer(database, key_file)
    key_file.unlink()
    with pytest.raises(KeyFileError, match="missing"):
        open_sealer(database, key_file)
    assert not key_file.exists()


def test_a_wrong_key_is_told_and_nothing_is_touched(database: Database, key_file: Path) -> None:
    store = DbTokenStore(database, open_sealer(database, key_file), FrozenClock(NOW))
    add_connection(database, store)
    right = key_file.read_bytes()
    write_keys(key_file, [Fernet.generate_key()])
    with pytest.raises(KeyFileError, match="not the one"):
        open_sealer(database, key_file)
    key_file.write_bytes(right)
    assert (
        DbTokenStore(database, open_sealer(database, key_file), FrozenClock(NOW))
        .load("cn_1")
        .refresh_token
        == "Atzr|one"
    )


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 44])
def test_a_damaged_key_file_is_told(key_file: Path, content: bytes) -> None:
    key_file.parent.mkdir()
    key_file.write_bytes(content)
    key_file.chmod(0o600)
    with pytest.raises(KeyFileError):
        read_keys(key_file)


def test_a_key_file_open_to_others_is_refused(database: Database, key_file: Path) -> None:
    open_sealer(database, key_file)
    key_file.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod"):
        open_sealer(database, key_file)


def test_a_secret_moved_to_another_row_is_refused() -> None:
    sealer = Sealer([Fernet.generate_key()])
    sealed = sealer.seal("Atzr|one", purpose="connection:cn_1:refresh")
    with pytest.raises(KeyFileError, match="not sealed for"):
        sealer.open(sealed, purpose="connection:cn_2:refresh")


def test_rotation_seals_everything_anew_and_drops_the_old_key(
    database: Database, key_file: Path
) -> None:
    store = DbTokenStore(database, open_sealer(database, key_file), FrozenClock(NOW))
    add_connection(database, store)
    old = read_keys(key_file)
    recorded: list[str] = []
    audit = SimpleNamespace(record=lambda *a: recorded.append(a[2]))
    assert rotate(database, key_file, audit, "t") == 2  # type: ignore[arg-type]
    assert recorded == ["keys.rotate"]
    assert read_keys(key_file) != old
    assert len(read_keys(key_file)) == 1
    again = DbTokenStore(database, open_sealer(database, key_file), FrozenClock(NOW))
    assert again.load("cn_1").refresh_token == "Atzr|one"


def test_only_one_of_many_may_refresh_and_a_dead_one_loses_the_right(
    database: Database, key_file: Path
) -> None:
    clock = FrozenClock(NOW)
    store = DbTokenStore(database, open_sealer(database, key_file), clock)
    add_connection(database, store)
    until = NOW + timedelta(seconds=45)
    assert [store.try_claim_refresh("cn_1", o, until) for o in "abc"] == [True, False, False]
    clock.advance(timedelta(seconds=46))
    assert store.try_claim_refresh("cn_1", "b", clock.now() + timedelta(seconds=45))
    # The late first owner can no longer store what it got.
    store.save_tokens(
        "cn_1", "a", access_token="Atza|late", expires_at=until, refresh_token="Atzr|late"
    )
    assert store.load("cn_1").refresh_token == "Atzr|one"
    store.save_tokens(
        "cn_1",
        "b",
        access_token="Atza|two",
        refresh_token="Atzr|two",
        expires_at=clock.now() + timedelta(hours=1),
    )
    grant = store.load("cn_1")
    assert (grant.refresh_token, grant.access_token) == ("Atzr|two", "Atza|two")


def test_tokens_lie_in_the_database_only_sealed(database: Database, key_file: Path) -> None:
    store = DbTokenStore(database, open_sealer(database, key_file), FrozenClock(NOW))
    add_connection(database, store)
    with database.read() as session:
        stored = session.get_one(Connection, 1).refresh_token
    assert b"Atzr" not in bytes(stored)
