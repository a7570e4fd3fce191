"""Everything copied into another, empty database."""

from sqlalchemy import func, insert, select, text

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
                        f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {table.name}), false)"
                    )
                )
    return counts
