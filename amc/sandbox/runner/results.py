"""Result files: where they lie, how one is split into parts, gzip, the metadata file."""

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from amc.sandbox.runner.accept import stamp_ms
from amc.sandbox.state import ExecutionRow

RAW = "result.csv"


class ResultFolder:
    """The files of one execution under the state folder."""

    def __init__(self, root: Path, execution_id: str) -> None:
        """`root` is the folder of all results."""
        self.path = root / execution_id

    @property
    def raw(self) -> Path:
        """Where the engine writes; not offered for download itself."""
        self.path.mkdir(parents=True, exist_ok=True)
        return self.path / RAW

    def clear(self) -> None:
        """Remove everything, of an earlier try too."""
        shutil.rmtree(self.path, ignore_errors=True)

    def publish(
        self, *, parts: int, gzips: int, empty: bool, quote: str, differ: bool = False
    ) -> list[str]:
        """Turn the raw file into part files, each gzipped so many times; their names."""
        if parts <= 1 and not empty and not gzips:
            (self.path / RAW).replace(self.path / "part-0.csv")
            return ["part-0.csv"]
        header, *records = list(_records(self.path / RAW, quote))
        kept = [] if empty else records
        names = []
        for number in range(max(1, parts)):
            name = f"part-{number}.csv"
            share = kept[number * len(kept) // parts : (number + 1) * len(kept) // parts]
            first = f"unexpected,{header}" if differ and number == parts - 1 else header
            data = (first + "".join(share)).encode()
            for _ in range(gzips):
                data = gzip.compress(data, mtime=0)
            (self.path / name).write_bytes(data)
            names.append(name)
        (self.path / RAW).unlink()
        return names

    def write_metadata(self, row: ExecutionRow, columns: list[dict[str, Any]], rows: int) -> None:
        """The file that describes the run (its shape at Amazon is not documented)."""
        described: dict[str, Any] = {
            "workflowExecutionId": row.execution_id,
            "workflowId": row.workflow_id,
            "sqlQuery": row.private["definition"]["sqlQuery"],
            "parameterValues": row.doc["parameterValues"],
            "timeWindowStart": row.doc.get("timeWindowStart"),
            "timeWindowEnd": row.doc.get("timeWindowEnd"),
            "outputColumns": columns,
            "rowCount": rows,
        }
        (self.path / "metadata.json").write_text(json.dumps(described, indent=1))


def _records(path: Path, quote: str) -> Iterator[str]:
    """The records of a CSV text as they stand, line breaks inside quotes kept together."""
    record = ""
    with path.open(encoding="utf-8", newline="") as lines:
        for line in lines:
            record += line
            if _balanced(record, quote):
                yield record
                record = ""
    if record:
        yield record


def _balanced(text: str, quote: str) -> bool:
    inside = escaped = False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == quote:
            inside = not inside
    return not inside


def key_names(row: ExecutionRow, count: int) -> list[str]:
    """The object keys of the parts, as they stand in a customer's bucket."""
    created: datetime = row.created_at
    schedule = row.private["schedule"]
    folder = f"workflow={row.workflow_id}/schedule={schedule}"
    base = (
        f"{stamp_ms(created)}-{row.workflow_id}"
        if schedule == "adhoc"
        else f"{created:%Y-%m-%d}-{row.workflow_id}-ver1"
    )
    if count == 1:
        return [f"{folder}/{base}.csv"]
    return [f"{folder}/{base}-part-{number}.csv" for number in range(count)]
