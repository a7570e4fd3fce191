"""The cache of Parquet files: written aside and moved, so that readers see whole files only."""

import errno
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from amc.errors import StorageFullError
from amc.sandbox.events.traffic import Columns

TIMES = {"t", "imp_t", "traffic_t"}
"""Columns that hold instants."""


class Cache:
    """Files of one instance, by table and week."""

    def __init__(self, folder: Path) -> None:
        """Keep them in this folder."""
        self.folder = folder

    def path(self, table: str, week: int) -> Path:
        """The file of a table's week."""
        return self.folder / table / f"{week:05d}.parquet"

    def dimension(self, name: str) -> Path:
        """The file of a dimension table."""
        return self.folder / "dims" / f"{name}.parquet"

    def write(self, table: str, week: int, columns: Columns) -> None:
        """Store a table's week."""
        arrays = {
            name: pa.array(values, pa.timestamp("us")) if name in TIMES else pa.array(values)
            for name, values in columns.items()
        }
        self._store(self.path(table, week), pa.table(arrays))

    def write_rows(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Store a dimension table."""
        self._store(self.dimension(name), pa.Table.from_pylist(list(rows)))

    def read(self, table: str, week: int) -> Columns:
        """A table's week as arrays; instants as microseconds since 1970."""
        found = pq.read_table(self.path(table, week), memory_map=False)
        return {
            name: (found[name].cast(pa.int64()) if name in TIMES else found[name]).to_numpy()
            for name in found.column_names
        }

    def _store(self, path: Path, table: pa.Table) -> None:
        aside = path.with_name(f".{path.stem}.{token_hex(6)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, aside, **_encodings(table))
            aside.replace(path)
        except OSError as exc:
            if exc.errno == errno.ENOSPC:
                raise StorageFullError(f"No space left for events below {self.folder}.") from exc
            raise
        finally:
            aside.unlink(missing_ok=True)


def _encodings(table: pa.Table) -> dict[str, Any]:
    """Few different values: a dictionary; numbers that grow: their differences."""
    small = (pa.uint8(), pa.uint16(), pa.string())
    return {
        "compression": "lz4",
        "row_group_size": 122_880,
        "use_dictionary": [f.name for f in table.schema if f.type in small],
        "column_encoding": {
            f.name: "DELTA_BINARY_PACKED"
            for f in table.schema
            if f.name in TIMES or f.type == pa.int64()
        },
    }


class Locks:
    """A lock for every key, made when it is first asked for."""

    def __init__(self) -> None:
        """Start without any."""
        self._guard, self._locks = threading.Lock(), dict[object, threading.Lock]()

    def once(self, key: object, is_done: Callable[[], bool], do: Callable[[], None]) -> None:
        """Do something that is not done yet; of several threads with one key only one does it."""
        if is_done():
            return
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if not is_done():
                do()
