"""Single expressions of AMC SQL on DuckDB; the expected values are worked out by hand."""
# ruff: noqa: DTZ001 - AMC's timestamps have no zone

from datetime import date, datetime
from decimal import Decimal

import pytest

from amc.sql.duckdb import Parameter
from amc.sql.errors import SqlNameError, SqlUnsupportedError
from amc.sql.types import parse_type
from tests.unit.sql.duck import Duck


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck()


CASES = [
    # Numbers: the published samples first.
    ("ROUND(5.5)", Decimal(6)),
    ("ROUND(5.55555, 2)", Decimal("5.56")),
    ("7 / 2", 3.5),
    ("1 / 0", None),
    ("7 % 0", None),
    ("7 - 2 * 3", 1),
    ("SQRT(-1)", None),
    ("SQRT(9)", 3.0),
    ("LN(0)", None),
    ("LOG(2, 8)", 3.0),
    ("LOG10(1000)", 3.0),
    ("POWER(2, 10)", 1024.0),
    ("TRUNC(-5.678, 2)", Decimal("-5.67")),
    ("CEIL(1.2)", Decimal(2)),
    ("ROUND(E(), 5)", 2.71828),
    ("GREATEST(1, 2, 3)", 3),
    ("GREATEST(1, NULL, 3)", None),
    ("LEAST(4, 2, 3)", 2),
    ("LEAST(4, NULL)", None),
    ("CAST(2.7 AS INTEGER)", 2),
    ("CAST(-2.7 AS BIGINT)", -2),
    ("CAST('2.5' AS DECIMAL(6, 3))", Decimal("2.500")),
    # Conditions
    ("IF(1 = 2, 'a', 'b')", "b"),
    ("IFNULL(NULL, 4)", 4),
    ("NVL(NULL, 'x')", "x"),
    ("NVL2(NULL, 1, 2)", 2),
    ("NVL2('x', 1, 2)", 1),
    ("NULLIF(3, 3)", None),
    ("COALESCE(NULL, NULL, 5)", 5),
    ("CONTAINED_IN('b', 'a', 'b')", True),
    ("'c' CONTAINED IN ('a', 'b')", False),
    ("CASE 1 WHEN '1' THEN 'text' ELSE 'no' END", "text"),
    ("CASE WHEN NULL THEN 1 END", None),
    # A text compared with a number, both ways round
    ("'12' = 12", True),
    ("12 = '12'", True),
    ("'12' IN (11, 12)", True),
    ("12 NOT IN ('11', '13')", True),
    ("'9' < 10", True),
    ("5 BETWEEN 1 AND 5", True),
    # Texts
    ("CONCAT('a', 1, NULL, TRUE)", "a1true"),
    ("LENGTH('héllo')", 5),
    ("LEFT('abcdef', 2)", "ab"),
    ("RIGHT('abcdef', 2)", "ef"),
    ("SUBSTRING('abcdef' FROM 2 FOR 3)", "bcd"),
    ("SUBSTRING('abcdef', 3)", "cdef"),
    ("TRIM(LEADING 'x' FROM 'xxaxx')", "axx"),
    ("TRIM(BOTH 'x' FROM 'xxaxx')", "a"),
    ("TRIM('  a ')", "a"),
    ("CHARINDEX('b', 'abcb')", 2),
    ("CHARINDEX('b', 'abcb', 3)", 4),
    ("LOCATE('z', 'abc', 2)", 0),
    ("INSTR('abc', 'c')", 3),
    ("STRPOS('abc', 'z')", 0),
    ("POSITION('b' IN 'abc')", 2),
    ("REPLACE('a_b_c', '_', '-')", "a-b-c"),
    ("'men''s'", "men's"),
    (r"'back\slash'", r"back\slash"),
    ("'100%_' LIKE '100%'", True),
    # Regular expressions: found anywhere, Java's constructs too
    ("'Kitchen' SIMILAR TO '^Kit'", True),
    ("'My brand X' SIMILAR TO '(?i)BRAND'", True),
    ("'My brand X' NOT SIMILAR TO 'brand$'", True),
    ("NOT 'abc' SIMILAR TO 'z'", True),
    ("'foobar' SIMILAR TO '^foo(?!baz)'", True),
    ("'foobaz' SIMILAR TO '^foo(?!baz)'", False),
    (r"'abab' SIMILAR TO '^(ab)\1$'", True),
    ("'aab' SIMILAR TO '(?<x>a)b'", True),
    ("REGEXP_SPLIT('Testing_Campaign_1', '_')", ["Testing", "Campaign", "1"]),
    ("REGEXP_REPLACE('a1b2', '([0-9])', '<$1>')", "a<1>b<2>"),
    ("REGEXP_REPLACE('foobar', 'o(?=b)', 'X')", "foXbar"),
    ("REGEXP_SUBSTR('abc123', '[0-9]+')", "123"),
    ("REGEXP_SUBSTR('abc', '[0-9]+')", None),
    # Dates
    ("SECONDS_BETWEEN(CAST('2024-01-01' AS DATE), CAST('2024-01-02' AS DATE))", 86400),
    (
        "SECONDS_BETWEEN(CAST('2024-01-01 00:00:10' AS TIMESTAMP), CAST('2024-01-01' AS DATE))",
        -10,
    ),
    (
        # 1.2 s apart, over two full seconds of the clock: one second has passed.
        "SECONDS_BETWEEN(CAST('2024-01-01 00:00:00.9' AS TIMESTAMP),"
        " CAST('2024-01-01 00:00:02.1' AS TIMESTAMP))",
        1,
    ),
    ("DATE_TRUNC('MONTH', CAST('2024-02-15' AS DATE))", datetime(2024, 2, 1)),
    ("DATE_TRUNC('week', CAST('2024-01-03 12:00:00' AS TIMESTAMP))", datetime(2024, 1, 1)),
    ("EXTRACT(DOW FROM CAST('2024-01-07' AS DATE))", 1),  # a Sunday
    ("DAYOFWEEK(CAST('2024-01-06' AS DATE))", 7),  # a Saturday
    ("EXTRACT(HOUR FROM CAST('2024-01-06 13:45:10' AS TIMESTAMP))", 13),
    ("HOUR(CAST('2024-01-06' AS DATE))", 0),
    ("MONTH(CAST('2024-03-06' AS DATE))", 3),
    ("CAST('today' AS DATE)", date(2024, 2, 1)),
    ("CAST('now' AS TIMESTAMP)", datetime(2024, 2, 1, 10, 30)),
    ("CAST('Today' AS TIMESTAMP)", datetime(2024, 2, 1)),
    ("CURRENT_DATE", date(2024, 2, 1)),
    ("CURRENT_TIMESTAMP", datetime(2024, 2, 1, 10, 30)),
    ("EPOCH_TO_UTC_TIMESTAMP('1666735860')", datetime(2022, 10, 25, 22, 11)),
    ("EPOCH_TO_UTC_TIMESTAMP(1666735860000)", datetime(2022, 10, 25, 22, 11)),
    (
        "CONVERT_TIME_ZONE_FROM_UTC(CAST('2024-01-02 03:00:00' AS TIMESTAMP), 'America/New_York')",
        datetime(2024, 1, 1, 22),
    ),
    (
        "CONVERT_TIME_ZONE_FROM_UTC(CAST('2024-01-02' AS DATE), 'America/New_York')",
        date(2024, 1, 1),
    ),
    ("CAST('2024-01-02' AS DATE) > CAST('2024-01-01 23:00:00' AS TIMESTAMP)", True),
    ("BUILT_IN_PARAMETER('TIME_WINDOW_START')", datetime(2024, 1, 1)),
    ("CAST(BUILT_IN_PARAMETER ('TIME_WINDOW_END') AS DATE)", date(2024, 1, 8)),
    # Arrays and rows
    ("ARRAY['a', 'b']", ["a", "b"]),
    ("ARRAY_SORT(ARRAY[3, NULL, 1])", [1, 3, None]),
    ("ARRAY_CONTAINS(ARRAY['1', '2'], 2)", True),
    ("CARDINALITY(ARRAY[1, NULL])", 2),
    ("ARRAY_TO_STRING(ARRAY[1, 2], '-')", "1-2"),
    ("ARRAY_CAT(ARRAY[1], ARRAY[1, 2])", [1, 1, 2]),
    ("ARRAY_SORT(ARRAY_UNION(ARRAY[1], ARRAY[1, 2]))", [1, 2]),
    ("ARRAY_SORT(ARRAY_INTERSECT(ARRAY[1, 2, 3], ARRAY[3, 2]))", [2, 3]),
    ("ARRAY_COMPLEMENT(ARRAY[1, 2, 3], ARRAY[2])", [1, 3]),
    ("ARRAY_SORT(ARRAY_DISTINCT(ARRAY[2, 1, 2]))", [1, 2]),
    ("ARRAY_REMOVE(ARRAY['a', 'b', NULL], 'a')", ["b", None]),
    ("FLATTEN(ARRAY[ARRAY[1], ARRAY[2, 3]])", [1, 2, 3]),
    ("NAMED_ROW('order', 1, 'path', 'x')", {"order": 1, "path": "x"}),
    ("ARRAY['a', 'b'][1]", "a"),
    # Hashes, bytes, JSON, maps, formats
    ("MD5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ("SHA1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("HASH64('a') = HASH64('a')", True),
    ("FROM_VARBINARY(TO_VARBINARY('6162', 'hex'), 'utf-8')", "ab"),
    ("FROM_VARBINARY(TO_VARBINARY('ab', 'utf-8'), 'base64')", "YWI="),
    ("JSON_EXTRACT('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
    ("JSON_SERIALIZE(NAMED_ROW('a', 1))", '{"a":1}'),
    ("STR_TO_MAP('a=1,b=2', ',', '=')", {"a": "1", "b": "2"}),
    ("FORMAT(1234.5, '#,##0.00')", "1,234.50"),
    ("FORMAT(CAST('2024-01-02' AS DATE), 'yyyy-MM-dd')", "2024-01-02"),
    ("LENGTH(UUID())", 36),
    ("RANDOM() < 1", True),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[c[0] for c in CASES])
def test_it_means_what_amc_means(duck: Duck, expression: str, expected: object) -> None:
    assert duck.one(expression) == expected


def test_statistics_match_the_published_samples(duck: Duck) -> None:
    sql = """
        WITH s (x) AS (VALUES (20), (45), (30), (66), (50), (60), (85), (70))
        SELECT STDDEV(x), STDDEV_SAMP(x), VARIANCE(x), VAR_SAMP(x), MEDIAN(x), PERCENTILE(x, 0.5)
        FROM s"""
    row = duck.run(sql)[0]
    assert [round(v, 4) for v in row] == [21.4526, 21.4526, 460.2143, 460.2143, 55.0, 55.0]


@pytest.mark.parametrize(
    ("given", "expression", "expected"),
    [
        (["a'b", "c"], "ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), 'a''b')", True),
        ([], "CARDINALITY(CUSTOM_PARAMETER('p'))", 0),
        (Parameter(None, parse_type("ARRAY[STRING]")), "CUSTOM_PARAMETER('p') IS NULL", True),
        (Parameter(None, parse_type("LONG")), "CUSTOM_PARAMETER('p') + 1", None),
        (14, "60*60*24*CUSTOM_PARAMETER('p')", 1209600),
        (date(2024, 1, 5), "CAST('2024-01-06' AS DATE) >= CUSTOM_PARAMETER('p')", True),
        (Parameter("2024-01-05", parse_type("DATE")), "CUSTOM_PARAMETER('p')", date(2024, 1, 5)),
        (True, "CUSTOM_PARAMETER('p')", True),
        ("it's; --", "CUSTOM_PARAMETER('p')", "it's; --"),
        (1.5, "CUSTOM_PARAMETER('p')", 1.5),
        (b"\x00'", "FROM_VARBINARY(CUSTOM_PARAMETER('p'), 'hex')", "0027"),
    ],
)
def test_a_parameter_keeps_value_and_type(given: object, expression: str, expected: object) -> None:
    assert Duck(parameters={"p": given}).one(expression) == expected


@pytest.mark.parametrize(
    ("sql", "error", "place"),
    [
        ("SELECT nope FROM dsp_clicks", SqlNameError, (1, 8, 12)),
        ("SELECT x.campaign FROM dsp_clicks c", SqlNameError, (1, 8, 18)),
        ("SELECT c.nope FROM dsp_clicks c", SqlNameError, (1, 8, 14)),
        ("SELECT user_id FROM dsp_clicks a, dsp_clicks b", SqlNameError, (1, 8, 15)),
        ("SELECT FOO(1)", SqlNameError, (1, 8, 13)),
        ("SELECT CUSTOM_PARAMETER('x')", SqlNameError, (1, 8, 28)),
        ("SELECT BUILT_IN_PARAMETER('NOW')", SqlNameError, (1, 8, 32)),
        ("SELECT a FROM (SELECT 1 AS a) GROUP BY 2", SqlNameError, (1, 40, 41)),
        ("SELECT DATE_TRUNC('fortnight', CURRENT_TIMESTAMP)", SqlUnsupportedError, (1, 8, 30)),
        ("SELECT CAST(1 AS GEOGRAPHY)", SqlUnsupportedError, (1, 13, 14)),
        ("SELECT ROUND(1, 2, 3)", SqlUnsupportedError, (1, 8, 21)),
    ],
)
def test_what_cannot_be_translated_says_where(
    sql: str, error: type[Exception], place: tuple[int, int, int]
) -> None:
    with pytest.raises(error) as caught:
        Duck({"dsp_clicks": "SELECT 1 AS clicks"}).run(sql)
    found = caught.value
    assert (found.line, found.column) == place[:2]  # type: ignore[attr-defined]
    assert found.end_column >= place[2] - 2  # type: ignore[attr-defined]
