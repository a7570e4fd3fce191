"""What goes wrong while results are read for an export, said by our errors."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from amc.errors import AmcError, ResultFormatError, ResultTooLargeError, StorageFullError
from amc.results import duck
from amc.results.together import Part


@contextmanager
def telling(parts: Sequence[Part]) -> Iterator[None]:
    """What DuckDB cannot do with these parts becomes an error of ours.

    Raises:
        ResultTooLargeError: it needs more memory than it may take.
        StorageFullError: nothing more can be written.
        ResultFormatError: a stored file cannot be read; says whose it is.
    """
    try:
        yield
    except AmcError:
        raise
    except (duckdb.Error, pa.ArrowException) as exc:
        raise _ours(str(exc), parts) from exc
    except Exception as exc:
        # What writes workbooks wraps the error of the rows that it is given into one of its own.
        if not any(word in str(exc) for word in _OF_DUCKDB):
            raise
        raise _ours(str(exc), parts) from exc


_PATH = re.compile(r"[\"']?/[^\s\"']+[\"']?")
_OF_DUCKDB = ("Out of Memory Error", "IO Error", "Invalid Input Error", "Conversion Error")


def _ours(words: str, parts: Sequence[Part]) -> AmcError:
    first = words.strip().partition("\n")[0]
    if "no space left" in first.lower() or "max_temp_directory_size" in words:
        return StorageFullError("No space left while writing the export.")
    if "out of memory" in first.lower():
        many = f"these {len(parts):,} results" if len(parts) > 1 else "this result"
        return ResultTooLargeError(
            f"The export of {many} needs more memory than an export may take "
            f"({duck.MEMORY_MB} MB).",
            hint="Nothing was written. Export fewer results at once, or as Parquet.",
        )
    damaged = next((part for part in parts if _is_damaged(part)), None)
    if damaged is not None:
        whose = f"{damaged.words}: the" if damaged.words else "The"
        return ResultFormatError(
            f"{whose} stored file of this result is damaged.",
            hint="Nothing was written. Run its execution again; its SQL and window are kept.",
        )
    return ResultFormatError(
        f"The results cannot be put into one file: {_PATH.sub('…', first)[:300]}",
        hint="Nothing was written. Export them one by one.",
    )


def _is_damaged(part: Part) -> bool:
    try:
        with pq.ParquetFile(part.path) as file:
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError):
        return True
    return False
