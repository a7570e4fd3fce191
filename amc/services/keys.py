"""Rotation of the encryption key: the new key first, then every secret, then the old key goes."""

from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from amc.db.crypto import CANARY_KEY, Sealer, read_keys, write_keys
from amc.db.engine import Database
from amc.db.models import KeyValue
from amc.db.repos import fleet
from amc.services.audit import AuditService


def rotate(database: Database, key_file: Path, audit: AuditService, actor: str) -> int:
    """Make a new key and seal every secret with it; how many there were.

    A crash at any point leaves everything readable: the file holds both keys until all is sealed
    anew, in one transaction.

    Raises:
        KeyFileError: the present key cannot be read or is not the right one; nothing is changed.
    """
    old = read_keys(key_file)
    keys = [Fernet.generate_key(), *old]
    Sealer(old).open(_canary(database), purpose=CANARY_KEY)
    write_keys(key_file, keys)
    sealer = Sealer(keys)
    with database.write() as session:
        count = _reseal(session, sealer)
        audit.record(session, actor, "keys.rotate", "key", None, {"secrets": count})
    write_keys(key_file, keys[:1])
    return count


def _canary(database: Database) -> bytes:
    with database.read() as session:
        return session.get_one(KeyValue, CANARY_KEY).value


def _reseal(session: Session, sealer: Sealer) -> int:
    count = 1
    canary = session.get_one(KeyValue, CANARY_KEY)
    canary.value = sealer.again(canary.value)
    for row in fleet.connections(session):
        row.refresh_token = sealer.again(row.refresh_token)
        count += 1
        if row.access_token is not None:
            row.access_token = sealer.again(row.access_token)
            count += 1
    for state in fleet.all_oauth_states(session):
        state.verifier = sealer.again(state.verifier)
        count += 1
    return count
