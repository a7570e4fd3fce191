"""DuckDB connections that can reach the named files and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY_MB = 256
_THREADS = 2


@contextmanager
def locked_down(
    *,
    files: Sequence[Path] = (),
    folders: Sequence[Path] = (),
    spill: Path | None = None,
    columns: int = 0,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh in-memory connection, closed afterwards.

    Args:
        files: the only files that it may read (and write).
        folders: folders below which it may read and write.
        spill: where large sorts may put what does not fit into memory; nowhere when None.
        columns: how many columns the table has; very wide ones need more memory.
    """
    connection = duckdb.connect(
        config={
            "threads": _THREADS,
            "memory_limit": f"{MEMORY_MB + columns // 2}MB",
            "temp_directory": str(spill) if spill else "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        if files:
            connection.execute("SET allowed_paths = $paths", {"paths": [str(f) for f in files]})
        if folders:
            connection.execute(
                "SET allowed_directories = $paths", {"paths": [f"{f}/" for f in folders]}
            )
        # Order matters: what is allowed first, then the door, then the lock on the settings.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def ident(name: str) -> str:
    """A column name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text of ours (a path, metadata) as a literal, where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"
