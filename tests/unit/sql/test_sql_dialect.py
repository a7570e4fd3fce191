"""What parses, how it round-trips, and how a text that is not AMC SQL is refused."""

import random
import time
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from amc.errors import SqlRefusedError
from amc.sql.dialect import parse
from amc.sql.errors import SqlPlaceError, SqlSyntaxError, SqlTooLargeError
from amc.sql.functions import functions
from amc.sql.guard import MAX_BYTES, MAX_DEPTH
from amc.sql.lex import Kind, lex
from amc.sql.nodes import (
    AmcAggregate,
    AmcFunction,
    ContainedIn,
    call_args,
    call_name,
    extended_table,
    is_distinct,
    parse_duration,
    place,
)

CORPUS = sorted((Path(__file__).parents[2] / "fixtures" / "sql" / "corpus").glob("*.sql"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM TABLE(EXTEND_TIME_WINDOW('t', 'P28D', 'P0D')) AS x",
        "SELECT a FROM EXTEND_TIME_WINDOW('t', 'P28D', 'P0D') AS x",
        "WITH c(a, b) AS (VALUES ('1', 2), ('3', 4)) SELECT a FROM c",
        "SELECT COLLECT(DISTINCT NAMED_ROW('order', n, 'c', c)) AS path FROM t GROUP BY 1",
        "SELECT a FROM t WHERE NOT x CONTAINED IN (1, 2) AND y CONTAINED IN (SELECT b FROM c)",
        "SELECT TRIM(BOTH 'x' FROM a), TRIM(a), SUBSTRING(a FROM 1 FOR 2) FROM t",
        "SELECT POSITION('a' IN b), ARRAY[ARRAY[1], ARRAY[2]][1] FROM t",
        "SELECT IF(a, b, c), CAST(d AS DECIMAL(6, 3)), EXTRACT(DOW FROM e), ARRAY['a', 'b'] FROM t",
        "SELECT SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY c DESC)",
        "SELECT CURRENT_DATE, CURRENT_TIMESTAMP, CUSTOM_PARAMETER('x'), UUID()",
        "SELECT final, rank, path, date, value, month FROM t",
        'SELECT "User Id" AS "a ""b""" FROM "t"',
        "SELECT a FROM t WHERE b SIMILAR TO '(?i)x' AND NOT c SIMILAR TO 'y'",
        "SELECT x FROM a FULL OUTER JOIN b USING (id) LEFT JOIN c ON a.x = c.x CROSS JOIN d, e",
        "(SELECT a FROM t) UNION ALL (SELECT b FROM u)",
    ],
)
def test_it_round_trips_to_itself(sql: str) -> None:
    tree = parse(sql)
    assert tree.sql("amc") == sql
    assert parse(tree.sql("amc")) == tree


def test_the_dialect_is_found_by_its_name() -> None:
    found = sqlglot.parse_one("SELECT CARDINALITY(a) FROM t", read="amc")
    assert isinstance(found.expressions[0], AmcFunction)


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_function_keeps_its_name_and_arguments(name: str) -> None:
    spec = functions()[name]
    forms = {
        "CAST": "", "EXTRACT": "EXTRACT(DAY FROM a)", "CURRENT_DATE": "CURRENT_DATE",
        "CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP", "POSITION": "POSITION(a IN b)",
    }  # fmt: skip
    args = ", ".join("abc"[: spec.min_args])
    tree = parse(f"SELECT {forms.get(name) or f'{name.lower()}({args})'} AS v")
    node = tree.expressions[0].this
    assert call_name(node) == name
    if name not in forms:
        assert [a.sql() for a in call_args(node)] == list("abc"[: spec.min_args])
    assert (spec.kind == "aggregate") == (
        isinstance(node, exp.AggFunc) and spec.kind not in ("window",)
    )


def test_an_unknown_function_stays_unknown() -> None:
    node = parse("SELECT date_add(a, 1) AS v FROM t").expressions[0].this
    assert isinstance(node, exp.Anonymous)
    assert call_name(node) == "DATE_ADD"


def test_distinct_arguments_are_seen() -> None:
    tree = parse("SELECT COUNT(DISTINCT a), COLLECT(DISTINCT a), COLLECT(a), COUNT(a) FROM t")
    found = [(is_distinct(n), [a.sql() for a in call_args(n)]) for n in tree.expressions]
    assert found == [(True, ["a"]), (True, ["a"]), (False, ["a"]), (False, ["a"])]
    assert isinstance(tree.expressions[1], AmcAggregate)


def test_nodes_know_their_place() -> None:
    tree = parse("SELECT a,\n  SUM(t.impressions) AS n\nFROM t WHERE b CONTAINED IN ('x')")
    total = tree.expressions[1].this
    assert place(total) == {"line": 2, "column": 3, "end_line": 2, "end_column": 20}
    assert place(tree.find(ContainedIn).this)["line"] == 3


@pytest.mark.parametrize(
    ("call", "table", "before", "after", "wrapped"),
    [
        ("TABLE(EXTEND_TIME_WINDOW('T', 'P28D', 'P1W'))", "T", 28 * 24, 7 * 24, True),
        ("extend_time_window('t', 'PT6H', 'P1DT30M')", "t", 6, 24.5, False),
        ("TABLE(EXTEND_TIME_WINDOW(t, '28D', 'P1M'))", None, None, None, True),
    ],
)
def test_extended_windows_are_read(
    call: str, table: str | None, before: float | None, after: float | None, wrapped: bool
) -> None:
    found = extended_table(parse(f"SELECT a FROM {call}").find(exp.Table))
    assert found is not None
    assert (found.table, found.wrapped) == (table, wrapped)
    hours = [d and d.total_seconds() / 3600 for d in (found.before, found.after)]
    assert hours == [before, after]


@pytest.mark.parametrize("text", ["", "P", "PT", "28D", "P1Y", "P-1D", "P1D ", "P99999999999999D"])
def test_a_duration_that_is_none(text: str) -> None:
    assert parse_duration(text) is None or text == "P1D "


REFUSED = [
    ("", 1, 1, "no SQL"),
    (" \n ", 1, 1, "no SQL"),
    ("-- only this", 1, 1, "only comments"),
    (";", 1, 1, "no SQL"),
    ("DROP TABLE t", 1, 1, "queries only"),
    ("insert into t values (1)", 1, 1, "queries only"),
    ("hello", 1, 1, "begins with SELECT"),
    ("SELECT 1; SELECT 2", 1, 11, "second statement"),
    ("SELECT a,, b FROM t", 1, 9, "comma"),
    ("SELECT a, FROM t", 1, 9, "comma"),
    ("SELECT a FROM t WHERE b IN (1, )", 1, 30, "comma"),
    ("SELECT a > > b FROM t", 1, 12, "no operator"),
    ("SELECT 'abc\n FROM t", 1, 8, "not closed"),
    ('SELECT "abc FROM t', 1, 8, "not closed"),
    ("SELECT a\n/* open", 2, 1, "not closed"),
    ("SELECT (((1)", 1, 9, "never closed"),
    ("SELECT 1)\nFROM t", 1, 9, "closes nothing"),
    ("SELECT (1]", 1, 10, "closes nothing"),
    ("SELECT a FROM t WHERE", 1, 17, "ends too early"),
    ("SELECT a FROM t JOIN", 1, 17, "ends too early"),
    ("SELECT a FROM t GROUP BY HAVING 1 = 1", 1, 26, "missing after BY"),
    ("SELECT a b c FROM t", 1, 12, "Did not expect 'c'"),
    ("SELECT a FROM\n  t WERE x = 1", 2, 10, "Did not expect 'x'"),
    ("SELECT a FROM t WHERE GROUP BY a", 1, 23, "missing after WHERE"),
    ("SELECT a FROM t WHERE a = 1 AND OR b = 2", 1, 33, "missing after AND"),
    ("WITH c AS (SELECT 1 AS n), SELECT n FROM c", 1, 26, "comma"),
    ("SELECT {{ x }} FROM t", 1, 8, "placeholder"),
    ("SELECT a FROM t WHERE b = :b", 1, 27, "placeholder"),
    ("SELECT a FROM t WHERE b = ${B}", 1, 27, "placeholder"),
    ("SELECT a\x00b", 1, 9, "not a text"),
    ("SELECT a,\n b\x07", 2, 3, "not a text"),
    ("WITH c AS (DROP TABLE x) SELECT a FROM c", 1, 6, "a query"),
    ("WITH c AS SELECT 1 SELECT 2", 1, 11, "Did not expect 'SELECT'"),
]


@pytest.mark.parametrize(("sql", "line", "column", "words"), REFUSED)
def test_what_is_not_amc_sql_is_refused_at_its_place(
    sql: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(SqlSyntaxError, match=words) as caught:
        parse(sql)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert isinstance(caught.value, SqlRefusedError)
    assert caught.value.to_dict()["column"] == column


def test_what_was_expected_is_said() -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse("SELECT CASE WHEN a THEN b FROM t")
    assert caught.value.expected == "END"


def test_a_text_over_256_kb_is_refused_at_once() -> None:
    start = time.process_time()
    for sql in ("SELECT '" + "x" * MAX_BYTES + "'", "SELECT '" + "ü" * (MAX_BYTES // 2) + "'"):
        with pytest.raises(SqlTooLargeError):
            parse(sql)
    assert time.process_time() - start < 0.5
    parse("SELECT '" + "x" * (MAX_BYTES - 20) + "'")


NESTINGS = {
    "brackets": ("(", "1", ")"),
    "functions": ("ABS(", "1", ")"),
    "case": ("CASE WHEN 1 = 1 THEN ", "1", " END"),
    "if": ("IF(a = 1, 2, ", "1", ")"),
    "arrays": ("ARRAY[", "1", "]"),
    "subqueries": ("(SELECT ", "1", ")"),
    "in": ("a IN (SELECT a FROM t WHERE ", "1 = 1", ")"),
    "cast": ("CAST(", "1", " AS DATE)"),
    "rows": ("f(", "1", ", 2)"),
    # Words that are types, too: sqlglot would read what is inside them twice a level.
    "dates": ("DATE(", "a", ")"),
    "decimals": ("DECIMAL(", "1", ")"),
    "structs": ("STRUCT(", "1", ")"),
    "maps": ("MAP[", "1", "]"),
}


@pytest.mark.parametrize("name", NESTINGS)
def test_deep_nesting_is_read_or_refused_in_time(name: str) -> None:
    opening, middle, closing = NESTINGS[name]
    for depth in (MAX_DEPTH - 4, 10_000 if name == "brackets" else 500):
        start = time.process_time()
        sql = f"SELECT {opening * depth}{middle}{closing * depth} AS v FROM t"
        if depth < MAX_DEPTH:
            parse(sql).sql("amc")
        else:
            with pytest.raises(SqlTooLargeError):
                parse(sql)
        assert time.process_time() - start < 2


@pytest.mark.parametrize("link", [" AND a = 1", " OR a = 1", " + 1"])
def test_long_chains_are_read(link: str) -> None:
    assert parse("SELECT b FROM t WHERE a = 1" + link * 1500)


def attempt(sql: str) -> None:
    """Either a tree or an error of ours, within two seconds."""
    start = time.process_time()
    try:
        parse(sql)
    except SqlPlaceError as exc:
        assert exc.line >= 1  # noqa: PT017 - the place is what is tested
        assert exc.column >= 1  # noqa: PT017
    assert time.process_time() - start < 2


def test_prefixes_and_lost_tokens_of_the_corpus_never_break_it() -> None:
    chance = random.Random(7)
    for path in CORPUS:
        sql = path.read_text(encoding="utf-8")
        tokens = lex(sql)
        for _ in range(3):
            attempt(sql[: chance.randrange(len(sql))])
            lost = chance.choice(tokens)
            attempt(sql[: lost.start] + sql[lost.end :])
            one, two = chance.choice(tokens), chance.choice(tokens)
            attempt(sql[: one.start] + two.text + " " + sql[one.end :])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_tree_or_an_error_of_ours(text: str) -> None:
    attempt(text)
    attempt("SELECT a FROM t WHERE " + text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab1. \n'\"-/*{}(),;=<>é", max_size=40))
def test_every_character_is_in_a_token_or_blank(text: str) -> None:
    try:
        tokens = lex(text)
    except SqlSyntaxError:
        return
    position = 0
    for token in tokens:
        assert not text[position : token.start].strip()
        assert text[token.start : token.end] == token.text
        position = token.end
    assert not text[position:].strip()


def test_tokens_have_kind_line_and_column() -> None:
    found = [
        (t.kind, t.text, t.line, t.column)
        for t in lex("SELECT 'a''\nb',\r\n \"q\" -- c\n<= {{ x }} 1.5e3 /* d\n */ e")
    ]
    assert found == [
        (Kind.WORD, "SELECT", 1, 1),
        (Kind.STRING, "'a''\nb'", 1, 8),
        (Kind.SYMBOL, ",", 2, 3),
        (Kind.QUOTED, '"q"', 3, 2),
        (Kind.LINE_COMMENT, "-- c", 3, 6),
        (Kind.SYMBOL, "<=", 4, 1),
        (Kind.PLACEHOLDER, "{{ x }}", 4, 4),
        (Kind.NUMBER, "1.5e3", 4, 12),
        (Kind.BLOCK_COMMENT, "/* d\n */", 4, 18),
        (Kind.WORD, "e", 5, 5),
    ]


@pytest.mark.parametrize(
    ("sql", "column", "message"),
    [
        ("SELECT \u2018x\u2019 AS a", 8, "The sign \u2018 is none of SQL's."),
        ("SELECT 1 \u2013 2 AS a", 10, "The sign \u2013 is none of SQL's."),
        ("SELECT \u200b1 AS a", 8, "Here stands an invisible (U+200B) character."),
        (
            "SELECT cam\u200bpaign FROM dsp_clicks",
            11,
            "Here stands an invisible (U+200B) character.",
        ),
        ("SELECT 1 AS a WHERE 1 \u2264 2", 23, "The sign \u2264 is none of SQL's."),
    ],
)
def test_signs_of_a_pasted_text_are_named(sql: str, column: int, message: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse(sql)
    assert (caught.value.column, caught.value.message) == (column, message)


def test_a_byte_order_mark_and_unicodes_blanks_do_no_harm() -> None:
    assert parse("\ufeffSELECT\u00a01\u2003AS a") == parse("SELECT 1 AS a")
