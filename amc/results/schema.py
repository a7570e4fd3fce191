"""What a stored result says about itself."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from amc.errors import ResultFormatError, ResultMissingError
from amc.results.columns import ResultColumn


def read_schema(path: Path) -> tuple[int, list[ResultColumn]]:
    """Row count and columns of a result, from the file itself.

    Raises:
        ResultMissingError: there is no such file.
        ResultFormatError: it was not made by `ingest`, or is damaged.
    """
    try:
        metadata = pq.read_metadata(path)
        described = json.loads((metadata.metadata or {})[b"amc"])
        return metadata.num_rows, [ResultColumn(**column) for column in described["columns"]]
    except FileNotFoundError:
        raise ResultMissingError from None
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as exc:
        raise ResultFormatError(
            "The stored file of this result is damaged.",
            hint="Run the execution again; its SQL and window are kept.",
        ) from exc
