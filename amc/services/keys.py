"""The encryption key: which one seals what, its rotation, and a way on when it is lost."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from amc.db.crypto import (
    CANARY_KEY,
    Sealer,
    hold_key,
    key_id,
    key_id_of,
    new_canary,
    open_sealer,
    read_keys,
    write_keys,
)
from amc.db.engine import Database
from amc.db.repos import fleet
from amc.errors import KeyFileError, UsageError
from amc.services.audit import AuditService

LOST = "The encryption key that this login was sealed with is lost: reconnect it."


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key by its id: whether the key file holds it, and how many secrets it seals."""

    key_id: str
    in_file: bool
    newest: bool
    secrets: int


def uses(database: Database, key_file: Path) -> list[KeyUse]:
    """Every key of the file, and every other that something is sealed with.

    Raises:
        KeyFileError: the file cannot be read.
    """
    held = [key_id(key) for key in read_keys(key_file)]
    counts: dict[str, int] = {}
    with database.read() as session:
        canary = hold_key(session)
        found = [canary.value] if canary else []
        for row in fleet.connections(session):
            found += [sealed for sealed in (row.refresh_token, row.access_token) if sealed]
        found += [state.verifier for state in fleet.all_oauth_states(session)]
    for sealed in found:
        name = key_id_of(sealed)
        counts[name] = counts.get(name, 0) + 1
    return [
        KeyUse(name, name in held, name == held[0], counts.get(name, 0))
        for name in dict.fromkeys([*held, *counts])
    ]


def rotate(database: Database, key_file: Path, audit: AuditService, actor: str) -> int:
    """Make a new key and seal every secret with it; how many there were.

    A crash at any point leaves everything readable: the file holds both keys until all is sealed
    anew, in one transaction. Running processes take the new key over by themselves.

    Raises:
        KeyFileError: the present key cannot be read or is not the right one; nothing is changed.
    """
    open_sealer(database, key_file)
    with database.write() as session:
        # Nobody stores a secret meanwhile, and no second rotation runs.
        canary = hold_key(session, alone=True)
        old = read_keys(key_file)
        if canary is None:
            raise KeyFileError("This database has no key yet.")
        Sealer(old).open(canary.value, purpose=CANARY_KEY)
        keys = [Fernet.generate_key(), *old]
        sealer = Sealer(keys)
        write_keys(key_file, keys)
        canary.value = sealer.again(canary.value)
        count = 1 + _reseal(session, sealer)
        audit.record(session, actor, "keys.rotate", "key", None, {"secrets": count})
    write_keys(key_file, keys[:1])
    return count


def _reseal(session: Session, sealer: Sealer) -> int:
    count = 0
    for row in fleet.connections(session, lock=True):
        row.refresh_token = sealer.again(row.refresh_token)
        count += 1
        if row.access_token is not None:
            row.access_token = sealer.again(row.access_token)
            count += 1
    for state in fleet.all_oauth_states(session):
        state.verifier = sealer.again(state.verifier)
        count += 1
    return count


def replace_lost(database: Database, key_file: Path, audit: AuditService, actor: str) -> int:
    """Go on with a new key when the right one is lost for good; how many logins to reconnect.

    Sealed tokens stay as they are, byte for byte: should the old key turn up, put it into the
    key file as a second line and they open again.

    Raises:
        UsageError: the key file holds the right key, so nothing is lost.
    """
    try:
        open_sealer(database, key_file)
    except KeyFileError:
        pass
    else:
        raise UsageError(
            "The key file holds the right key; nothing is lost.", hint="Use: keys rotate"
        )
    _set_aside(key_file)
    new = Fernet.generate_key()
    with database.write() as session:
        canary = hold_key(session, alone=True)
        if canary is None:
            raise UsageError("This database has no key yet; it is made at the first start.")
        write_keys(key_file, [new])
        canary.value = new_canary(Sealer([new]))
        rows = fleet.connections(session, lock=True)
        for row in rows:
            row.state, row.state_reason = "needs_person", LOST
        audit.record(session, actor, "keys.replace_lost", "key", None, {"connections": len(rows)})
    return len(rows)


def _set_aside(key_file: Path) -> None:
    if not key_file.exists():
        return
    number = 1
    while (kept := key_file.with_name(f"{key_file.name}.wrong-{number}")).exists():
        number += 1
    key_file.rename(kept)
