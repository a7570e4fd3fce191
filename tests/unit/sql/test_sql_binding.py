"""Values bound into a text: whatever they hold, they are literals and nothing else."""

import re
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.errors import ParameterError
from amc.sql.binding import bind, placeholders, probe
from amc.sql.dialect import parse
from amc.sql.errors import SqlSyntaxError
from amc.sql.lex import Kind, Token, lex
from tests.unit.sql.duck import Duck

HOSTILE = [
    "it's", "''", "'", "\\", "\\'", "%", "_", "line\nbreak", "a--b", "--", "/*", "*/", "/* x */",
    "{{ x }}", "{{y}}", "; DROP TABLE t", "') OR (1=1", "ü 日本 🙂", "\u2028", "\u00a0", "", " ",
    '"', "${x}", "$1", "\t", "\r\n", "NULL", "0x41", "1e5", "-- '", "/*'", "'--", "a'b''c'''",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans()
)
PLACES = [
    "SELECT a FROM t WHERE b = {{ x }} AND c = 'it''s {' -- {{ x }}\n",
    "SELECT a FROM t WHERE b IN ({{x}})",
    "SELECT a FROM t WHERE b IN ( {{ x }} , 'z')",
    "WITH v (id) AS (VALUES {{ x }}) SELECT id FROM v /* {{ x }} */",
    "SELECT 1 -{{x}}",
    "SELECT -{{x}}- {{ x }}",
    "SELECT 'a'{{x}}'b'",
    "SELECT a{{x}}b",
    "SELECT 1{{x}}1",
    "SELECT {{x}}{{x}}",
    'SELECT "q"{{x}}"q"',
    "{{x}}",
]


def code(sql: str) -> list[Token]:
    return [t for t in lex(sql) if not t.is_comment]


def expected(sql: str, value: Any) -> list[tuple[Kind, str]]:
    """The author's tokens with literals in the placeholders' places, worked out naively."""
    found: list[tuple[Kind, str]] = []
    tokens = code(sql)
    for index, token in enumerate(tokens):
        if token.kind is not Kind.PLACEHOLDER:
            found.append((token.kind, token.text))
            continue
        rows = index > 0 and tokens[index - 1].upper == "VALUES"
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            found += [(Kind.SYMBOL, ",")] if position else []
            found += [(Kind.SYMBOL, "(")] if rows else []
            found += literal_tokens(item)
            found += [(Kind.SYMBOL, ")")] if rows else []
    return found


def literal_tokens(item: Any) -> list[tuple[Kind, str]]:
    if isinstance(item, bool):
        return [(Kind.WORD, str(item).upper())]
    if isinstance(item, str):
        return [(Kind.STRING, "'" + item.replace("'", "''") + "'")]
    plain = format(Decimal(str(item)), "f")
    sign = [(Kind.SYMBOL, "-")] if plain.startswith("-") else []
    return [*sign, (Kind.NUMBER, plain.lstrip("-"))]


@settings(max_examples=300, deadline=None)
@given(
    sql=st.sampled_from(PLACES),
    value=st.one_of(TEXTS, NUMBERS, st.lists(st.one_of(TEXTS, NUMBERS), min_size=1, max_size=5)),
)
def test_the_bound_text_lexes_to_the_authors_tokens_with_literals(sql: str, value: Any) -> None:
    try:
        bound = bind(sql, {"x": value})
    except ParameterError as exc:
        assert exc.name == "x"  # noqa: PT017 - only clear refusals are let pass
        items = value if isinstance(value, list) else [value]
        assert any(refusable(i) for i in items) or is_misplaced(sql, value)
        return
    assert not is_misplaced(sql, value)
    assert [(t.kind, t.text) for t in code(bound)] == expected(sql, value)
    assert bound.startswith(sql[: sql.index("{{")].rstrip())


def is_misplaced(sql: str, value: Any) -> bool:
    """Whether a list stands where the text takes one value."""
    return isinstance(value, list) and bool(re.search(r"[=-]\s*\{\{", sql))


def refusable(item: Any) -> bool:
    """Control characters and broken ones are the only texts that no literal holds."""
    return isinstance(item, str) and any(
        (ord(c) < 32 and c not in "\t\n\r\x0b\x0c")
        or 0xD800 <= ord(c) <= 0xDFFF
        or ord(c) in (127, 0xFFFE, 0xFFFF)
        for c in item
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_comes_back_from_duckdb_unchanged(value: str) -> None:
    bound = bind(
        "WITH v (id) AS (VALUES {{ x }}) SELECT id FROM v WHERE id = {{ x }}", {"x": value}
    )
    assert Duck().run(bound) == [(value,)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (-5, "-5"),
        (Decimal("1.50"), "1.50"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
        (date(2024, 1, 5), "'2024-01-05'"),
        (["a", "b"], "'a', 'b'"),
        ([1, "b"], "1, 'b'"),
    ],
)
def test_values_become_literals_of_their_kind(value: Any, text: str) -> None:
    assert bind("SELECT f({{ x }})", {"x": value}) == f"SELECT f({text})"


def test_a_list_behind_values_becomes_rows_also_of_several_columns() -> None:
    sql = "WITH v (a, b) AS (VALUES {{ x }}) SELECT a FROM v"
    assert "VALUES ('a', 1), ('b', 2))" in bind(sql, {"x": [("a", 1), ("b", 2)]})
    assert "values /* c */ ('a'), ('b')" in bind("values /* c */ {{x}}", {"x": ["a", "b"]})


@pytest.mark.parametrize(
    "value",
    [None, [], ["a", None], float("nan"), float("inf"), "a\x00b", ["\ud800"], {"a": 1}, b"x", [[]]],
)
def test_what_no_literal_can_hold_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        bind("WITH v (a) AS (VALUES {{ x }}) SELECT a FROM v", {"x": value})
    assert caught.value.name == "x"


@pytest.mark.parametrize(
    ("before", "bound"),
    [
        ("VALUES {{ x }}", "VALUES ('a'), ('b')"),
        ("VALUES ('z'), {{ x }}", "VALUES ('z'), ('a'), ('b')"),
        ("VALUES (f(1), 2), {{ x }}, ('y')", "VALUES (f(1), 2), ('a'), ('b'), ('y')"),
        ("VALUES {{ x }}, {{ x }}", "VALUES ('a'), ('b'), ('a'), ('b')"),
        ("IN (1, {{ x }})", "IN (1, 'a', 'b')"),
        ("f(a, {{ x }})", "f(a, 'a', 'b')"),
        ("ARRAY[{{ x }}]", "ARRAY['a', 'b']"),
    ],
)
def test_a_list_becomes_rows_where_rows_stand(before: str, bound: str) -> None:
    assert bind(before, {"x": ["a", "b"]}) == bound


@pytest.mark.parametrize("before", ["IN", "=", "<>", "LIKE", "SIMILAR TO", "BETWEEN", "THEN", "+"])
@pytest.mark.parametrize("value", [["a"], ["a", "b"], ("a",)])
def test_a_list_where_one_value_stands_is_refused(before: str, value: object) -> None:
    with pytest.raises(ParameterError, match=r"Write IN \(\{\{ x \}\}\)") as caught:
        bind(f"SELECT a FROM t WHERE b {before} {{{{ x }}}}", {"x": value})
    assert caught.value.name == "x"


@pytest.mark.parametrize("sql", ["FROM dsp_{{ t }}", "FROM {{t}}_views", "FROM {{t}}{{t}}"])
def test_an_allowed_name_is_no_part_of_another(sql: str) -> None:
    with pytest.raises(ParameterError, match="whole name"):
        bind(sql, {"t": "clicks"}, names={"t": ["clicks"]})


def test_inside_a_longer_text_the_hint_is_to_join() -> None:
    with pytest.raises(SqlSyntaxError, match=r"CONCAT\('…', \{\{ x \}\}, '…'\)"):
        bind("SELECT a FROM t WHERE a LIKE '%{{ x }}%'", {"x": "v"})


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(ParameterError, match="campaigns has no value"):
        bind("SELECT {{ campaigns }}", {"other": 1})


@pytest.mark.parametrize("sql", ["SELECT '{{ x }}'", "SELECT 'a {{x}} b'", 'SELECT "{{ x }}"'])
def test_a_placeholder_inside_quotes_is_refused_at_its_place(sql: str) -> None:
    for use in (lambda: bind(sql, {"x": "v"}), lambda: placeholders(sql)):
        with pytest.raises(SqlSyntaxError, match="inside quotes") as caught:
            use()
        assert (caught.value.line, caught.value.column) == (1, 8)


def test_a_placeholder_in_a_comment_is_left_alone() -> None:
    sql = "SELECT 1 -- {{ x }}\n/* {{ y }} */"
    assert placeholders(sql) == []
    assert bind(sql, {}) == sql


def test_a_name_must_be_allowed_and_be_one_name() -> None:
    sql, names = "SELECT a FROM {{ t }}", {"t": ["dsp_clicks", "a b", "x; y", "'q'", '"ok"']}
    assert bind(sql, {"t": "dsp_clicks"}, names=names) == "SELECT a FROM dsp_clicks"
    assert bind(sql, {"t": '"ok"'}, names=names) == 'SELECT a FROM "ok"'
    for refused in ("dsp_views", "a b", "x; y", "'q'", 7, None):
        with pytest.raises(ParameterError):
            bind(sql, {"t": refused}, names=names)


def test_fifty_thousand_values_are_bound_fast() -> None:
    asins = [f"B0{n:08d}" for n in range(50_000)]
    sql = "WITH v (asin) AS (VALUES {{ asins }}) SELECT asin FROM v"
    plain = fastest(lambda: "(" + "), (".join(f"'{asin}'" for asin in asins) + ")")
    bound = fastest(lambda: bind(sql, {"asins": asins}))
    assert bound < 5 * plain
    assert bind(sql, {"asins": asins}).count("('B0") == 50_000


def fastest(work: Any) -> float:
    times = []
    for _ in range(7):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def test_a_probe_is_short_parses_and_maps_places_back() -> None:
    sql = "WITH v (id) AS (\n  VALUES {{ ids }}) SELECT nope\nFROM v WHERE id = {{ one }} AND x"
    found = probe(sql, {"ids": [f"value {n}" for n in range(50_000)], "one": "a longer value"})
    assert len(found.text) < 200
    parse(found.text)
    for word in ("nope", "FROM", "AND x"):
        line = found.text[: found.text.index(word)].count("\n") + 1
        column = found.text.index(word) - found.text.rfind("\n", 0, found.text.index(word))
        author = (
            sql[: sql.index(word)].count("\n") + 1,
            sql.index(word) - sql.rfind("\n", 0, sql.index(word)),
        )
        assert found.author_position(line, column) == author
