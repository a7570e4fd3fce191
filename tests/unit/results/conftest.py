import gzip
from pathlib import Path

import duckdb
import pytest

from amc.results.ingest import ingest


def column(name, data_type="STRING", role="DIMENSION"):
    return {"name": name, "dataType": data_type, "columnType": role}


def metric(name, data_type="LONG"):
    return column(name, data_type, "METRIC")


@pytest.fixture
def make(tmp_path):
    """Write parts, ingest them, and read the Parquet file back with plain DuckDB."""

    def run(*texts, columns=None, packed=False, **more):
        parts = []
        for number, text in enumerate(texts):
            data = text if isinstance(text, bytes) else text.encode()
            part = tmp_path / f"part-{number}.csv"
            part.write_bytes(gzip.compress(data) if packed else data)
            parts.append(part)
        return ingest(parts, columns, tmp_path / "out" / "result.parquet", **more)

    return run


@pytest.fixture
def rows(tmp_path):
    def read(query="SELECT * FROM result"):
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        path = str(tmp_path / "out" / "result.parquet")
        connection.execute(f"CREATE VIEW result AS FROM read_parquet('{path}')")
        found = connection.execute(query).fetchall()
        connection.close()
        return found

    return read


@pytest.fixture
def leftovers(tmp_path):
    """What is in the target folder besides the result."""

    def names():
        folder = Path(tmp_path / "out")
        return [p.name for p in folder.iterdir()] if folder.exists() else []

    return names
