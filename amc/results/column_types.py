"""Which type each column really gets: the declared one if every value fits, text otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from amc.results.columns import ResultColumn, is_id_like

_NUMBER = r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_TIMESTAMP = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WIDEST = 38  # digits that a DECIMAL holds
_EXACT_DIGITS = 15  # more are not exact in spreadsheets and browsers
_COLUMNS_AT_ONCE = 25  # planning time grows with the square of the expressions

# Each expression counts the values of column {c} that do not fit. A whole number has to come back
# letter by letter, so that 00123, +5 and 1.0 are never taken for one.
_MISFITS = {
    "integer": "coalesce(CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR), '') <> {c}",
    "decimal": "NOT regexp_full_match({c}, '" + _NUMBER + "')",
    "double": (
        "NOT ((regexp_full_match({c}, '" + _NUMBER + "') AND isfinite(TRY_CAST({c} AS DOUBLE)))"
        " OR {c} IN ('NaN', 'Infinity', '-Infinity'))"
    ),
    "boolean": "lower({c}) NOT IN ('true', 'false')",
    "date": "NOT regexp_full_match({c}, '" + _DATE + "') OR TRY_CAST({c} AS DATE) IS NULL",
    "timestamp": (
        "NOT regexp_full_match({c}, '" + _TIMESTAMP + "') OR TRY_CAST({c} AS TIMESTAMP) IS NULL"
    ),
}
_TYPES = {
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_WHOLE_DIGITS = r"length(regexp_extract({c}, '^-?([0-9]+)', 1))"
_FRACTION = r"length(regexp_extract({c}, '\.([0-9]+)', 1))"
_EXPONENT = (
    r"coalesce(TRY_CAST(nullif(regexp_extract({c}, '[eE]([+-]?[0-9]+)$', 1), '') AS INTEGER), 0)"
)


def decide_types(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[ResultColumn]
) -> list[ResultColumn]:
    """Look at every value of every column that may be more than text.

    Args:
        connection: where to ask.
        source: SQL that gives the values as VARCHAR columns `c0`, `c1`, … (ours, not a user's).
        columns: as declared; those without declaration may become numbers when they are no ids.

    Returns:
        The columns with `kind`, `sql_type` and `note` settled.
    """
    tried = [_candidate(column) for column in columns]
    questions = [i for i, column in enumerate(tried) if column.kind != "text"]
    settled = list(tried)
    for batch in _batches(questions):
        parts = [part for i in batch for part in _questions(f"c{i}", tried[i])]
        query = f"SELECT {', '.join(parts)} FROM {source}"  # noqa: S608 - our own names
        answers = iter(connection.execute(query).fetchone() or ())
        for i in batch:
            found = [next(answers) for _ in _questions(f"c{i}", tried[i])]
            settled[i] = _settle(columns[i], tried[i], found)
    return settled


def cast(position: int, column: ResultColumn) -> str:
    """The expression that turns the text of a column into its settled type."""
    name = f"c{position}"
    if column.kind == "text":
        return name
    if column.kind == "boolean":
        return f"(lower({name}) = 'true')"
    return f"CAST({name} AS {column.sql_type})"


def _candidate(column: ResultColumn) -> ResultColumn:
    """Nobody declared it: a number may still be told by its spelling, unless it is an id."""
    if column.declared or is_id_like(column.name):
        return column
    return replace(column, kind="decimal")


def _batches(items: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(items), _COLUMNS_AT_ONCE):
        yield items[start : start + _COLUMNS_AT_ONCE]


def _questions(name: str, column: ResultColumn) -> list[str]:
    misfit = _MISFITS[column.kind].replace("{c}", name)
    parts = [f"count(*) FILTER (WHERE {name} IS NOT NULL AND ({misfit}))"]
    if column.kind == "integer":
        parts.append(f"max(length({name}))")
    if column.kind == "decimal":
        whole, fraction, exponent = (
            part.replace("{c}", name) for part in (_WHOLE_DIGITS, _FRACTION, _EXPONENT)
        )
        parts += [
            f"max({whole} + greatest({exponent}, 0))",
            f"max(greatest({fraction} - {exponent}, 0))",
            f"count({name})",
            f"count(*) FILTER (WHERE {name} LIKE '0_%' AND {name} NOT LIKE '0.%'"
            f" OR {name} LIKE '%e%' OR {name} LIKE '%E%')",
        ]
    return parts


def _settle(declared: ResultColumn, tried: ResultColumn, found: list[Any]) -> ResultColumn:
    misfits = found[0]
    if misfits:
        unit = "value does" if misfits == 1 else "values do"
        note = f"{misfits:,} {unit} not fit {tried.declared}" if tried.declared else ""
        return replace(declared, kind="text", note=note)
    if tried.kind == "integer":
        too_long = (found[1] or 0) > _EXACT_DIGITS and tried.role != "METRIC"
        if too_long:
            return replace(declared, kind="text", note="numbers this long are ids and stay text")
    if tried.kind == "decimal":
        return _settle_decimal(declared, tried, found)
    return replace(tried, sql_type=_TYPES[tried.kind])


def _settle_decimal(declared: ResultColumn, tried: ResultColumn, found: list[Any]) -> ResultColumn:
    whole, scale = found[1] or 1, found[2] or 0
    if not tried.declared:
        # Guessed only where the spelling is that of a plain number, and there is one at all.
        plain = found[3] and not found[4] and whole <= _EXACT_DIGITS
        if not plain:
            return replace(declared, kind="text")
        if scale == 0:
            return replace(tried, kind="integer", sql_type="BIGINT")
    if whole + scale > _WIDEST:
        return replace(declared, kind="text", note=f"more than {_WIDEST} digits")
    return replace(tried, sql_type=f"DECIMAL({max(whole + scale, 1)},{scale})")
