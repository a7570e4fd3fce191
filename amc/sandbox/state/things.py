"""Instances made or changed here, advertiser updates, workflows, native schedules."""

import json
from datetime import datetime
from typing import Any

from amc.sandbox.state.store import Store

Doc = dict[str, Any]


class InstanceStore:
    """What the admin calls changed over the world's instances, and advertiser updates."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def changed_in(self, entity_id: str) -> dict[str, tuple[bool, Doc]]:
        """Every changed instance of an account: id -> (deleted, document)."""
        rows = self._store.rows(
            "SELECT instance_id, deleted, doc FROM instances WHERE entity_id = ? ORDER BY rowid",
            (entity_id,),
        )
        return {row[0]: (bool(row[1]), json.loads(row[2])) for row in rows}

    def change_of(self, instance_id: str) -> tuple[str, bool, Doc] | None:
        """A changed instance: (entity id, deleted, document); None when it is the world's."""
        row = self._store.row(
            "SELECT entity_id, deleted, doc FROM instances WHERE instance_id = ?", (instance_id,)
        )
        return (row[0], bool(row[1]), json.loads(row[2])) if row else None

    def save(self, entity_id: str, instance_id: str, doc: Doc, *, deleted: bool = False) -> None:
        """Keep an instance as it now is."""
        self._store.write(
            "INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?)",
            (instance_id, entity_id, int(deleted), json.dumps(doc)),
        )

    def updates(self, instance_id: str) -> list[tuple[datetime, Doc]]:
        """Advertiser updates, oldest first, with the time of their request."""
        rows = self._store.rows(
            "SELECT created_at, doc FROM advertiser_updates WHERE instance_id = ?"
            " ORDER BY update_id",
            (instance_id,),
        )
        return [(datetime.fromisoformat(row[0]), json.loads(row[1])) for row in rows]

    def add_update(self, instance_id: str, at: datetime, doc: Doc) -> None:
        """Keep an advertiser update."""
        self._store.write(
            "INSERT INTO advertiser_updates VALUES (?, ?, ?, ?)",
            (instance_id, doc["updateId"], at.isoformat(), json.dumps(doc)),
        )


class WorkflowStore:
    """Saved workflows, by instance."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def page(self, instance_id: str, after: int | None, count: int) -> list[tuple[int, Doc]]:
        """So many of an instance after a number, in the order of their making."""
        rows = self._store.rows(
            "SELECT seq, doc FROM workflows WHERE instance_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            (instance_id, -1 if after is None else after, count),
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    def get(self, instance_id: str, workflow_id: str) -> Doc | None:
        """One, or nothing."""
        row = self._store.row(
            "SELECT doc FROM workflows WHERE instance_id = ? AND workflow_id = ?",
            (instance_id, workflow_id),
        )
        return json.loads(row[0]) if row else None

    def add(self, instance_id: str, doc: Doc) -> bool:
        """Add one; False when the id is taken."""
        return (
            self._store.write(
                "INSERT OR IGNORE INTO workflows (instance_id, workflow_id, doc) VALUES (?, ?, ?)",
                (instance_id, doc["workflowId"], json.dumps(doc)),
            )
            == 1
        )

    def replace(self, instance_id: str, doc: Doc) -> None:
        """Replace one's definition."""
        self._store.write(
            "UPDATE workflows SET doc = ? WHERE instance_id = ? AND workflow_id = ?",
            (json.dumps(doc), instance_id, doc["workflowId"]),
        )

    def delete(self, instance_id: str, workflow_id: str) -> bool:
        """Delete one; False when there was none."""
        return (
            self._store.write(
                "DELETE FROM workflows WHERE instance_id = ? AND workflow_id = ?",
                (instance_id, workflow_id),
            )
            == 1
        )


class ScheduleStore:
    """AMC's own schedules, by instance."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def all(self, instance_id: str) -> list[tuple[int, Doc]]:
        """All of an instance in the order of their making."""
        rows = self._store.rows(
            "SELECT seq, doc FROM schedules WHERE instance_id = ? ORDER BY seq", (instance_id,)
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    def get(self, instance_id: str, schedule_id: str) -> Doc | None:
        """One, or nothing."""
        row = self._store.row(
            "SELECT doc FROM schedules WHERE instance_id = ? AND schedule_id = ?",
            (instance_id, schedule_id),
        )
        return json.loads(row[0]) if row else None

    def using(self, instance_id: str, workflow_id: str) -> str | None:
        """The id of a schedule that refers to a workflow."""
        row = self._store.row(
            "SELECT schedule_id FROM schedules WHERE instance_id = ? AND workflow_id = ?",
            (instance_id, workflow_id),
        )
        return row[0] if row else None

    def add(self, instance_id: str, doc: Doc, next_at: datetime) -> bool:
        """Add one; False when the id is taken."""
        return (
            self._store.write(
                "INSERT OR IGNORE INTO schedules"
                " (instance_id, schedule_id, workflow_id, next_at, doc) VALUES (?, ?, ?, ?, ?)",
                (instance_id, doc["scheduleId"], doc["workflowId"], next_at.isoformat(),
                 json.dumps(doc)),
            )
            == 1
        )  # fmt: skip

    def replace(self, instance_id: str, doc: Doc, next_at: datetime) -> None:
        """Replace one's definition and next time."""
        self._store.write(
            "UPDATE schedules SET doc = ?, workflow_id = ?, next_at = ?"
            " WHERE instance_id = ? AND schedule_id = ?",
            (json.dumps(doc), doc["workflowId"], next_at.isoformat(), instance_id,
             doc["scheduleId"]),
        )  # fmt: skip

    def delete(self, instance_id: str, schedule_id: str) -> bool:
        """Delete one; False when there was none."""
        return (
            self._store.write(
                "DELETE FROM schedules WHERE instance_id = ? AND schedule_id = ?",
                (instance_id, schedule_id),
            )
            == 1
        )

    def due(self, now: datetime) -> list[tuple[str, datetime, Doc]]:
        """Schedules whose next time has come: (instance, that time, document)."""
        rows = self._store.rows(
            "SELECT instance_id, next_at, doc FROM schedules WHERE next_at <= ? ORDER BY next_at",
            (now.isoformat(),),
        )
        return [(row[0], datetime.fromisoformat(row[1]), json.loads(row[2])) for row in rows]

    def next_time(self) -> datetime | None:
        """The earliest next time of all."""
        row = self._store.row("SELECT min(next_at) FROM schedules")
        return datetime.fromisoformat(row[0]) if row and row[0] else None
