"""Every function and construct that AMC documents, from the author's text to the CSV field."""

import pytest

from amc.sql.catalog import Catalog
from amc.sql.checker import check
from amc.sql.dialect import parse
from amc.sql.explain import explain
from amc.sql.format import format_sql
from amc.sql.functions import functions
from amc.sql.lex import Kind, lex
from amc.sql.sent import sent_text
from tests.sandbox.query.conftest import Run
from tests.sandbox.query.language_cases import AGGREGATES, CASES, ROWS, WINDOW_ROWS, WINDOWS

EXPRESSIONS = [case for cases in CASES.values() for case in cases]
TEXTS = [
    *(f"SELECT {expression} AS v, 1 AS one" for expression, _ in EXPRESSIONS),
    *(
        f"WITH t (g, x, s) AS (VALUES {ROWS}) SELECT {e} AS v, 1 AS one FROM t"
        for e, _ in AGGREGATES
    ),
    *(f"WITH t (n, g, x) AS (VALUES {WINDOW_ROWS}) SELECT n, {e} AS v FROM t" for e, _ in WINDOWS),
]
EXPECTED = [
    *([[field, "1"]] for _, field in EXPRESSIONS),
    *([[field, "1"]] for _, field in AGGREGATES),
    *([[str(n), field] for n, field in enumerate(column, 1)] for _, column in WINDOWS),
]
IDS = [e for e, _ in EXPRESSIONS] + [e for e, _ in AGGREGATES] + [e for e, _ in WINDOWS]


@pytest.mark.parametrize(("sql", "expected"), list(zip(TEXTS, EXPECTED, strict=True)), ids=IDS)
def test_the_local_amc_writes_the_right_field(run: Run, sql: str, expected: object) -> None:
    assert sorted(run(sent_text(sql).text).rows) == expected


def commented(sql: str) -> str:
    """The text with a comment of either kind behind every token."""
    parts = []
    for number, token in enumerate(lex(sql)):
        parts += [token.text, f" /* {number} */ " if number % 2 else f" -- {number}\n"]
    return "".join(parts)


@pytest.mark.parametrize("sql", TEXTS, ids=IDS)
def test_it_is_read_written_and_formatted_without_loss(sql: str) -> None:
    tree = parse(sql)
    anew = tree.sql("amc", comments=False)
    assert parse(anew).sql("amc", comments=False) == anew
    noted = commented(sql)
    assert parse(noted) == tree
    assert parse(sent_text(noted).text) == tree
    formatted = format_sql(noted)
    assert parse(formatted) == tree
    assert format_sql(formatted) == formatted
    words = [t.text.rstrip() for t in lex(noted) if t.is_comment]
    assert [t.text.rstrip() for t in lex(formatted) if t.is_comment] == words
    assert explain(sql).output[0].name in ("v", "n")


@pytest.mark.parametrize("sql", TEXTS, ids=IDS)
def test_the_checker_lets_it_pass(sql: str, catalog: Catalog) -> None:
    assert [f for f in check(sql, catalog) if f.severity == "error"] == []


def test_every_documented_function_is_among_the_cases() -> None:
    words = {t.upper for sql in TEXTS for t in lex(sql) if t.kind is Kind.WORD}
    left = {name for name, spec in functions().items() if spec.documented} - words
    # These need a table, a parameter or rows of an array: see the tests of statements.
    assert left <= {
        *("SKEWNESS", "APPROX_PERCENTILE", "EXPLODE", "STR_TO_MAP"),
        *("CUSTOM_PARAMETER", "EXTEND_TIME_WINDOW"),
    }
