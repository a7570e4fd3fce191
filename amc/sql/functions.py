"""Every function that AMC SQL documents: one table for parser, types, checker and editor."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["scalar", "aggregate", "window", "table", "parameter"]


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function.

    `returns` is a type name, or a rule over the arguments: `first` (type of the first), `last`,
    `common` (of all), `common_tail` (of all but the first), `array_first` (array of the first),
    `element` (element of the first, an array), `element_array` (its element, an array too),
    `struct` (NAMED_ROW), `parameter`.
    `max_args` is None when there is no limit.
    """

    name: str
    kind: Kind
    min_args: int
    max_args: int | None
    returns: str
    signature: str
    meaning: str
    documented: bool = True


def _rows() -> list[FunctionSpec]:
    rows = []
    for line in _TABLE.strip().splitlines():
        name, kind, counts, returns, signature, meaning = (p.strip() for p in line.split("|"))
        low, _, high = counts.partition("-")
        limit = None if high == "n" else int(high or low)
        documented = not name.startswith("?")
        rows.append(
            FunctionSpec(
                name.lstrip("?"),
                kind,  # type: ignore[arg-type]
                int(low),
                limit,
                returns,
                signature,
                meaning,
                documented,
            )
        )
    return rows


@cache
def functions() -> dict[str, FunctionSpec]:
    """All known functions by upper-case name."""
    return {row.name: row for row in _rows()}


# A `?` before the name: seen in use, but not in Amazon's documentation.
_TABLE = """
SUM | aggregate | 1 | sum | SUM(x) | adds; NULLs are skipped
AVG | aggregate | 1 | DOUBLE | AVG(x) | the mean; NULLs are skipped
MIN | aggregate | 1 | first | MIN(x) | the smallest value
MAX | aggregate | 1 | first | MAX(x) | the largest value
COUNT | aggregate | 1-n | LONG | COUNT([DISTINCT] x) | the number of values that are not NULL
COLLECT | aggregate | 1 | array_first | COLLECT([DISTINCT] x) | an array of the values; NULLs are kept
STDDEV | aggregate | 1 | DOUBLE | STDDEV(x) | sample standard deviation
STDDEV_SAMP | aggregate | 1 | DOUBLE | STDDEV_SAMP(x) | sample standard deviation
STDDEV_POP | aggregate | 1 | DOUBLE | STDDEV_POP(x) | population standard deviation
VARIANCE | aggregate | 1 | DOUBLE | VARIANCE(x) | sample variance
VAR_SAMP | aggregate | 1 | DOUBLE | VAR_SAMP(x) | sample variance
VAR_POP | aggregate | 1 | DOUBLE | VAR_POP(x) | population variance
SKEWNESS | aggregate | 1 | DOUBLE | SKEWNESS(x) | skewness
PERCENTILE | aggregate | 2 | DOUBLE | PERCENTILE(x, p) | the value at share p (0 to 1), interpolated
APPROX_PERCENTILE | aggregate | 2 | first | APPROX_PERCENTILE(x, p) | the value near share p (0 to 1)
MEDIAN | aggregate | 1 | DOUBLE | MEDIAN(x) | the middle value
?APPROX_COUNT_DISTINCT | aggregate | 1 | LONG | APPROX_COUNT_DISTINCT(x) | about how many different values
IF | scalar | 3 | common_tail | IF(condition, then, else) | one of two values
COALESCE | scalar | 1-n | common | COALESCE(a, b, ...) | the first value that is not NULL
IFNULL | scalar | 2 | common | IFNULL(a, b) | a, or b when a is NULL
NVL | scalar | 2-n | common | NVL(a, b) | a, or b when a is NULL
NVL2 | scalar | 3 | common_tail | NVL2(x, not_null, null) | the second, or the third when x is NULL
NULLIF | scalar | 2 | first | NULLIF(a, b) | NULL when both are equal, else a
GREATEST | scalar | 1-n | common | GREATEST(a, b, ...) | the largest; NULL when one is NULL
LEAST | scalar | 1-n | common | LEAST(a, b, ...) | the smallest; NULL when one is NULL
CONTAINED_IN | scalar | 2-n | BOOLEAN | CONTAINED_IN(x, a, b, ...) | whether x is one of the values
CONCAT | scalar | 1-n | STRING | CONCAT(a, b, ...) | joins texts; casts every argument
LOWER | scalar | 1 | STRING | LOWER(s) | small letters
UPPER | scalar | 1 | STRING | UPPER(s) | capital letters
LENGTH | scalar | 1 | INTEGER | LENGTH(s) | number of characters
LEFT | scalar | 2 | STRING | LEFT(s, n) | the first n characters
RIGHT | scalar | 2 | STRING | RIGHT(s, n) | the last n characters
LTRIM | scalar | 1-2 | STRING | LTRIM(s) | without blanks on the left
RTRIM | scalar | 1-2 | STRING | RTRIM(s) | without blanks on the right
TRIM | scalar | 1-2 | STRING | TRIM([BOTH c FROM] s) | without blanks (or c) on both sides
REPLACE | scalar | 3 | STRING | REPLACE(s, a, b) | every a becomes b
SUBSTRING | scalar | 2-3 | STRING | SUBSTRING(s FROM a [FOR n]) | n characters from position a
CHARINDEX | scalar | 2-3 | INTEGER | CHARINDEX(sub, s[, start]) | where sub begins in s; 0 if nowhere
LOCATE | scalar | 2-3 | INTEGER | LOCATE(sub, s[, start]) | where sub begins in s; 0 if nowhere
INSTR | scalar | 2 | INTEGER | INSTR(s, sub) | where sub begins in s; 0 if nowhere
STRPOS | scalar | 2 | INTEGER | STRPOS(s, sub) | where sub begins in s; 0 if nowhere
POSITION | scalar | 2 | INTEGER | POSITION(sub IN s) | where sub begins in s; 0 if nowhere
REGEXP_REPLACE | scalar | 3 | STRING | REGEXP_REPLACE(s, pattern, r) | every match becomes r
REGEXP_SUBSTR | scalar | 2 | STRING | REGEXP_SUBSTR(s, pattern) | the first match
REGEXP_SPLIT | scalar | 2 | ARRAY[STRING] | REGEXP_SPLIT(s, pattern) | the parts between matches
STR_TO_MAP | scalar | 3 | MAP | STR_TO_MAP(s, pair_sep, kv_sep) | a map from a text
FORMAT | scalar | 2 | STRING | FORMAT(x, pattern) | x written by a pattern
ABS | scalar | 1 | first | ABS(x) | without sign
CEIL | scalar | 1 | LONG | CEIL(x) | rounded up
FLOOR | scalar | 1 | LONG | FLOOR(x) | rounded down
EXP | scalar | 1 | DOUBLE | EXP(x) | e to the power of x
LN | scalar | 1 | DOUBLE | LN(x) | natural logarithm
LOG | scalar | 1-2 | DOUBLE | LOG(base, x) | logarithm to a base
LOG10 | scalar | 1 | DOUBLE | LOG10(x) | logarithm to base 10
POWER | scalar | 2 | DOUBLE | POWER(x, y) | x to the power of y
SQRT | scalar | 1 | DOUBLE | SQRT(x) | square root; NULL when negative
ROUND | scalar | 1-2 | first | ROUND(x[, n]) | rounded to n digits
TRUNC | scalar | 1-2 | first | TRUNC(x[, n]) | cut to n digits
RANDOM | scalar | 0 | DOUBLE | RANDOM() | a random number from 0 to below 1
E | scalar | 0 | DOUBLE | E() | the number e
SECONDS_BETWEEN | scalar | 2 | LONG | SECONDS_BETWEEN(a, b) | seconds from a to b
DATE_TRUNC | scalar | 2 | TIMESTAMP | DATE_TRUNC('unit', t) | the start of t's unit
EXTRACT | scalar | 2 | LONG | EXTRACT(unit FROM t) | one part of a date or time
HOUR | scalar | 1 | LONG | HOUR(t) | 0 to 23
MINUTE | scalar | 1 | LONG | MINUTE(t) | 0 to 59
SECOND | scalar | 1 | LONG | SECOND(t) | 0 to 59
WEEK | scalar | 1 | LONG | WEEK(t) | week of the year, 1 to 53
MONTH | scalar | 1 | LONG | MONTH(t) | 1 to 12
YEAR | scalar | 1 | LONG | YEAR(t) | the year
DAYOFMONTH | scalar | 1 | LONG | DAYOFMONTH(t) | 1 to 31
DAYOFWEEK | scalar | 1 | LONG | DAYOFWEEK(t) | 1 (Sunday) to 7
CURRENT_DATE | scalar | 0 | DATE | CURRENT_DATE | today in UTC
CURRENT_TIMESTAMP | scalar | 0 | TIMESTAMP | CURRENT_TIMESTAMP | now in UTC
CONVERT_TIME_ZONE_FROM_UTC | scalar | 2 | first | CONVERT_TIME_ZONE_FROM_UTC(t, 'Area/City') | a UTC time in a zone
EPOCH_TO_UTC_TIMESTAMP | scalar | 1 | TIMESTAMP | EPOCH_TO_UTC_TIMESTAMP(n) | the time of an epoch number
ROW_NUMBER | window | 0 | LONG | ROW_NUMBER() OVER (...) | 1, 2, 3, ... in the window's order
RANK | window | 0 | LONG | RANK() OVER (...) | place with gaps after ties
DENSE_RANK | window | 0 | LONG | DENSE_RANK() OVER (...) | place without gaps
?LAG | window | 1-3 | first | LAG(x) OVER (...) | the value of the row before
?LEAD | window | 1-3 | first | LEAD(x) OVER (...) | the value of the row after
?FIRST_VALUE | window | 1 | first | FIRST_VALUE(x) OVER (...) | the first value of the window
?LAST_VALUE | window | 1 | first | LAST_VALUE(x) OVER (...) | the last value of the window
?PERCENT_RANK | window | 0 | DOUBLE | PERCENT_RANK() OVER (...) | relative place, 0 to 1
?CUME_DIST | window | 0 | DOUBLE | CUME_DIST() OVER (...) | share of rows up to this one
ARRAY_SORT | scalar | 1 | first | ARRAY_SORT(a) | ascending; rows by their first field, then the next
ARRAY_CONTAINS | scalar | 2 | BOOLEAN | ARRAY_CONTAINS(a, x) | whether x is in a
CARDINALITY | scalar | 1 | INTEGER | CARDINALITY(a) | number of elements
ARRAY_TO_STRING | scalar | 2 | STRING | ARRAY_TO_STRING(a, sep) | the elements as one text
ARRAY_CAT | scalar | 2 | first | ARRAY_CAT(a, b) | a followed by b
ARRAY_UNION | scalar | 2 | first | ARRAY_UNION(a, b) | elements of either, once each
ARRAY_INTERSECT | scalar | 2 | first | ARRAY_INTERSECT(a, b) | elements of both, once each
ARRAY_COMPLEMENT | scalar | 2 | first | ARRAY_COMPLEMENT(a, b) | elements of a that b has not
ARRAY_DISTINCT | scalar | 1 | first | ARRAY_DISTINCT(a) | every element once
ARRAY_REMOVE | scalar | 2 | first | ARRAY_REMOVE(a, x) | a without x
FLATTEN | scalar | 1 | element_array | FLATTEN(a) | an array of arrays made one array
EXPLODE | scalar | 1 | element | EXPLODE(a) | one row per element
NAMED_ROW | scalar | 2-n | struct | NAMED_ROW('label', x, ...) | a row value with labelled fields
HASH64 | scalar | 1 | LONG | HASH64(x) | a 64-bit hash
MD5 | scalar | 1 | STRING | MD5(s) | MD5 as hexadecimal text
SHA1 | scalar | 1 | STRING | SHA1(s) | SHA-1 as hexadecimal text
TO_VARBINARY | scalar | 2 | BINARY | TO_VARBINARY(s, 'hex') | bytes from a text (hex, base64, utf-8)
FROM_VARBINARY | scalar | 2 | STRING | FROM_VARBINARY(b, 'hex') | a text from bytes (hex, base64, utf-8)
JSON_EXTRACT | scalar | 2 | STRING | JSON_EXTRACT(s, path) | a part of a JSON text
JSON_SERIALIZE | scalar | 1 | STRING | JSON_SERIALIZE(v) | a value as JSON text
UUID | scalar | 0 | STRING | UUID() | a random id
BUILT_IN_PARAMETER | parameter | 1 | TIMESTAMP | BUILT_IN_PARAMETER('TIME_WINDOW_START') | an end of the time window
CUSTOM_PARAMETER | parameter | 1 | parameter | CUSTOM_PARAMETER('name') | a declared parameter's value
EXTEND_TIME_WINDOW | table | 3 | table | TABLE(EXTEND_TIME_WINDOW('table', 'P28D', 'P0D')) | a table over a wider window
"""  # noqa: E501 (a data table)
