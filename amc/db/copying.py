"""Everything copied into another, empty database."""

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from amc.db.engine import Database
from amc.db.models import Base
from amc.errors import DatabaseError

_PORTION = 1000


def copy(source: Database, target: Database) -> dict[str, int]:
    """Copy every table into a database that holds none of our rows yet; rows by table.

    Raises:
        DatabaseError: the target is not empty; nothing is copied then.
    """
    counts: dict[str, int] = {}
    with source.read() as reading, target.write() as writing:
        for table in Base.metadata.sorted_tables:
            if writing.scalar(select(func.count()).select_from(table)):
                raise DatabaseError(
                    f"The target has rows in {table.name} already.",
                    hint="Copy into a new, empty database.",
                )
        for table in Base.metadata.sorted_tables:
            counts[table.name] = 0
            rows = reading.execute(select(table)).mappings().yield_per(_PORTION)
            for portion in rows.partitions(_PORTION):
                writing.execute(insert(table), [dict(row) for row in portion])
                counts[table.name] += len(portion)
            if not target.is_sqlite and "id" in table.c:
                writing.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                        f"GREATEST(:given, (SELECT COALESCE(MAX(id), 0) FROM {table.name})) + 1,"
                        " false)"
                    ),
                    {"given": _highest_given(reading, table.name)},
                )
            elif target.is_sqlite and "id" in table.c:
                _begin_after(writing, table.name, _highest_given(reading, table.name))
    return counts


def _highest_given(session: Session, table: str) -> int:
    """The highest key that a table ever gave out: its row may be gone, the key is used up."""
    if session.get_bind().dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        return int(session.scalar(query, {"table": table}) or 0)
    name = session.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table})
    row = session.execute(text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608
    return int(row.last_value) if row.is_called else int(row.last_value) - 1


def _begin_after(session: Session, table: str, key: int) -> None:
    """SQLite's counterpart of `setval`."""
    values = {"table": table, "key": key}
    found = session.scalar(text("SELECT 1 FROM sqlite_sequence WHERE name = :table"), values)
    session.execute(
        text("UPDATE sqlite_sequence SET seq = MAX(seq, :key) WHERE name = :table")
        if found
        else text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :key)"),
        values,
    )
