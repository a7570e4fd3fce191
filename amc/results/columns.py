"""The columns of a result: what AMC calls them, what they hold, and their safe names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "decimal", "double", "boolean", "date", "timestamp"]

NUMERIC: frozenset[Kind] = frozenset({"integer", "decimal", "double"})

_KINDS: dict[str, Kind] = {
    "BYTE": "integer",
    "SHORT": "integer",
    "INTEGER": "integer",
    "LONG": "integer",
    "DECIMAL": "decimal",
    "FLOAT": "double",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}

# Numbers that are names: never added up, never shortened.
_ID_LIKE = re.compile(
    r"(^|_)(id|ids|asin|asins|isbn|ean|upc|sku|gtin|zip|code|dma)($|_string$)|id_string$"
    r"|(^|_)(postal|zip)_code|request_tag"
)
_CAMPAIGN_ID = re.compile(r"(^|_)campaign_id(_string)?$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_LONGEST_NAME = 200
# DuckDB's own column for the position of a row in the file.
ROW_NUMBER = "file_row_number"


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a stored result.

    Attributes:
        name: unique among the columns (letter case aside), free of control characters; the name
            in the Parquet file.
        label: the name exactly as AMC wrote it.
        kind: what its values are.
        sql_type: the exact DuckDB type, such as `DECIMAL(18,4)`.
        role: DIMENSION, METRIC, or empty when nobody said.
        declared: AMC's data type, empty when it named none.
        note: why the column is text although another type was declared; empty mostly.
    """

    name: str
    label: str
    kind: Kind = "text"
    sql_type: str = "VARCHAR"
    role: str = ""
    declared: str = ""
    note: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values can be added up and drawn."""
        return self.kind in NUMERIC

    @property
    def is_dimension(self) -> bool:
        """Whether AMC may blank its values to protect privacy."""
        return self.role == "DIMENSION" or (not self.role and not self.is_number)

    @property
    def is_metric(self) -> bool:
        """Whether it is a figure."""
        return self.role == "METRIC" or (not self.role and self.is_number)

    @property
    def is_campaign_id(self) -> bool:
        """Whether its values are campaign ids, which mappings give names to."""
        return bool(_CAMPAIGN_ID.search(self.name.lower()))

    def to_dict(self) -> dict[str, str]:
        """The column as data."""
        return asdict(self)


def is_id_like(name: str) -> bool:
    """Whether a column of this name holds ids, which stay text however they look."""
    return bool(_ID_LIKE.search(name.lower()))


def safe_names(labels: Sequence[str]) -> list[str]:
    """A unique, printable name for each label, in order.

    Empty labels become `column_3`; a name that comes again, letter case aside, becomes `name_2`.
    """
    taken = {ROW_NUMBER}
    names = []
    for position, label in enumerate(labels, start=1):
        base = _CONTROL.sub(" ", label).strip()[:_LONGEST_NAME] or f"column_{position}"
        name, number = base, 1
        while name.casefold() in taken or name.lower() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.update({name.casefold(), name.lower()})
        names.append(name)
    return names


def declared_columns(
    labels: Sequence[str], output_columns: Sequence[Mapping[str, Any]] | None
) -> list[ResultColumn]:
    """The header's columns with what AMC declared about each, before any value was looked at.

    `kind` is the type to try; `declared` is empty for columns that AMC did not describe.
    """
    described: dict[str, list[Mapping[str, Any]]] = {}
    for column in output_columns or ():
        described.setdefault(str(column.get("name", "")), []).append(column)
    columns = []
    for name, label in zip(safe_names(labels), labels, strict=True):
        entries = described.get(label)
        entry = entries.pop(0) if entries else None
        columns.append(_declared(name, label, entry))
    return columns


def _declared(name: str, label: str, entry: Mapping[str, Any] | None) -> ResultColumn:
    if entry is None:
        return ResultColumn(name, label)
    data_type = entry.get("dataType")
    word = data_type if isinstance(data_type, str) else "ARRAY"
    role = str(entry.get("columnType") or "").upper()
    kind = _KINDS.get(re.split(r"[(\[\s]", word.strip().upper(), maxsplit=1)[0], "text")
    note = ""
    if kind == "integer" and role != "METRIC" and is_id_like(name):
        kind, note = "text", "ids stay text"
    return ResultColumn(name, label, kind, "VARCHAR", role, word, note)
