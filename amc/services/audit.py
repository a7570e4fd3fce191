"""The audit trail: who did what to which object, append-only, each row chained to the one before.

A row is written in the transaction of the change it tells of: both stand or neither does. Its
hash covers its content and the hash of the row before; one more row (`audit.head`) keeps length
and last hash, so that a missing end shows as well.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.people import Audit
from amc.db.repos import people as repo
from amc.log import mask, mask_value

_MOST_TEXT = 2000
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class AuditView:
    """One row of the trail."""

    at: datetime
    actor: str
    action: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditService:
    """Writes and proves the trail."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock

    def record(
        self,
        session: Session,
        actor: str,
        action: str,
        object_id: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Add a row to the caller's transaction.

        Args:
            session: the transaction of the change itself.
            actor: a user's name, or the process that acted, such as `scheduler` or `cli:ann`.
            action: `<noun>.<verb>`, such as `schedule.pause`.
            object_id: the public id or Amazon's id of what was changed.
            before: what it was; secrets are masked here, whatever is passed.
            after: what it is now.
        """
        head = repo.audit_head(session)
        count, _, previous = head.value.decode().partition(":")
        row = Audit(
            at=self._clock.now(),
            actor=_text(actor),
            action=_text(action)[:80],
            object_id=_text(object_id),
            before=_plain(before),
            after=_plain(after),
            previous_hash=previous,
        )
        row.hash = _hash(row)
        session.add(row)
        head.value = f"{int(count) + 1}:{row.hash}".encode()
        session.flush()

    def latest(
        self, limit: int = 100, offset: int = 0, *, by: str = "", action: str = ""
    ) -> list[AuditView]:
        """The latest rows first, perhaps of one actor; `action` may be a beginning: `user.`."""
        with self._database.read() as session:
            rows = repo.audit_latest(session, limit, offset, actor=by, action=action)
            return [
                AuditView(r.at, r.actor, r.action, r.object_id, r.before, r.after) for r in rows
            ]

    def count(self) -> int:
        """How many rows the trail has."""
        with self._database.read() as session:
            return repo.audit_count(session)

    def verify(self) -> list[str]:
        """What is wrong with the trail, a sentence each; an empty list when it is whole."""
        problems: list[str] = []
        previous, count = "", 0
        with self._database.read() as session:
            for row in repo.audit_in_order(session):
                count += 1
                named = f"Row {row.id} ({row.action} by {row.actor}, {row.at.isoformat()})"
                if row.previous_hash != previous:
                    problems.append(
                        f"{named} does not follow the row before it: "
                        "one was removed, put in between, or moved."
                    )
                if _hash(row) != row.hash:
                    problems.append(f"{named} was altered after it was written.")
                previous = row.hash
                if len(problems) >= _MOST_PROBLEMS:
                    return [*problems, "There may be more; the check stopped here."]
            head = repo.audit_head_value(session).decode()
        if head != f"{count}:{previous}":
            problems.append(
                f"The trail should have {head.partition(':')[0]} rows and has {count}, "
                "or ends with another row than the last one written."
            )
        return problems


def _hash(row: Audit) -> str:
    content = [
        row.previous_hash,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.object_id,
        row.before,
        row.after,
    ]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _text(value: Any) -> str:
    # What PostgreSQL cannot keep (NUL, lone surrogates) would make the row unwritable.
    clean = mask(str(value)).replace("\0", "\\0").encode("utf-8", "replace").decode()
    return clean if len(clean) <= _MOST_TEXT else clean[:_MOST_TEXT] + " …"


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {_text(key): _value(mask_value(str(key), item)) for key, item in value.items()}


def _value(value: Any) -> Any:
    """A value that reads back the same from every database: no floats, no dates, no NUL."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {_text(key): _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_value(item) for item in value), key=str)
    return _text(value)
