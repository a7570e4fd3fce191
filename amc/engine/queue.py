"""Putting work into the caller's transaction."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, inspect, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from amc.db.engine import Database, translated
from amc.db.migrate import one_at_a_time

# DBOS is loaded with the first piece of work: most commands enqueue nothing.
if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

APPLICATION = "amc-manager"
# Pinned: by default it is a hash of the code, and an upgrade would orphan the work under way.
APPLICATION_VERSION = "1"
QUEUE = "amc-steps"
STEP = "amc_step"
SCHEMA = "dbos"
# The version of the tables that the pinned DBOS asks for (a test holds it to that). Known here so
# that a start with nothing to do need not load it.
TABLES = 125


def engine_url(database: Database) -> str:
    """The URL in the form that DBOS takes (its own driver on PostgreSQL)."""
    url = database.engine.url
    if not database.is_sqlite:
        url = make_url(url).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def prepare(database: Database) -> None:
    """Make or bring up to date the engine's own tables, beside ours; one process at a time."""
    if _tables_version(database) >= TABLES:
        return
    with one_at_a_time(database):
        if _tables_version(database) >= TABLES:
            return
        from dbos import DBOS

        DBOS.migrate(engine_url(database), schema=SCHEMA)


def _tables_version(database: Database) -> int:
    """The version of the engine's tables; 0 where there are none."""
    versions = table(
        "dbos_migrations", column("version"), schema=None if database.is_sqlite else SCHEMA
    )
    with translated(database.path), database.engine.connect() as connection:
        if not inspect(connection).has_table(versions.name, schema=versions.schema):
            return 0
        return int(connection.scalar(select(func.max(versions.c.version))) or 0)


class WorkQueue:
    """Enqueues steps in the transaction of a session: our rows and their work, one commit."""

    def __init__(self, database: Database) -> None:
        """Nothing is opened until the first step is enqueued."""
        self._database = database
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None

    def enqueue(
        self,
        session: Session,
        step: str,
        key: str,
        payload: dict[str, Any],
        *,
        delay_s: float = 0.0,
    ) -> None:
        """Have `step(payload)` carried out once, soon after the session commits.

        Args:
            session: an open session of this database; the caller commits.
            step: the name under which a service registered it.
            key: the id of this piece of work. One that was used before is silently not run again.
            payload: JSON only.
            delay_s: not before so many seconds have passed.
        """
        options: EnqueueOptions = {
            "workflow_name": STEP,
            "queue_name": QUEUE,
            "workflow_id": key,
            "app_version": APPLICATION_VERSION,
        }
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        self._get().enqueue_in_transaction(session, options, step, payload)

    def _get(self) -> "DBOSClient":
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        with self._lock:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_url=engine_url(self._database),
                    dbos_system_schema=SCHEMA,
                    serializer=DBOSPortableJSONSerializer(),
                    application_name=APPLICATION,
                    lazy=True,
                )
            return self._client

    def forget_executor(self, executor_id: str) -> int:
        """Cancel what a dead executor left half-done; the sweep has re-enqueued it. Its count."""
        client = self._get()
        left = client.list_workflows(
            status=["PENDING"], executor_id=executor_id, load_input=False, load_output=False
        )
        for workflow in left:
            client.cancel_workflow(workflow.workflow_id)
        return len(left)

    def prune(self, *, before: datetime, limit: int = 500) -> int:
        """Remove the records of ended work enqueued before an instant. Gives their count."""
        client = self._get()
        ended = client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        client.delete_workflows([w.workflow_id for w in ended])
        return len(ended)

    def close(self) -> None:
        """Close its connections."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
                self._client = None
