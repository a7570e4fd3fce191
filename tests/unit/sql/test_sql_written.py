"""Texts that still hold `{{ x }}`: what is said of them, and where."""

import pytest

from amc.sql.binding import probe
from amc.sql.checker import check
from amc.sql.written import check_written, in_author_terms

CLEAN = [
    "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE campaign = {{ name }} GROUP BY 1",
    "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE campaign_id = {{ id }} GROUP BY 1",
    "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE clicks > {{ least }} GROUP BY 1",
    "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE campaign IN ({{ names }}) GROUP BY 1",
    "SELECT campaign, SUM(n) AS n FROM {{ source }} GROUP BY 1",
    "WITH c (a, b) AS (VALUES {{ rows }}) SELECT b, COUNT(a) AS n FROM c GROUP BY b",
    "SELECT campaign, SUM(clicks) AS n -- {{ not one }}\nFROM dsp_clicks GROUP BY 1",
]


@pytest.mark.parametrize("sql", CLEAN)
def test_a_placeholder_is_neither_a_mistake_nor_of_a_wrong_type(sql: str) -> None:
    assert [f for f in check_written(sql) if f.severity != "hint"] == []


def test_places_are_the_authors_behind_a_placeholder_and_on_later_lines() -> None:
    sql = (
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks\n"
        "WHERE campaign = {{ a_long_name }} AND campain <> {{ b }}\n"
        "GROUP BY 1 LIMIT 10"
    )
    unknown, limit = check_written(sql)
    assert (unknown.code, unknown.line, unknown.column) == ("unknown-column", 2, 40)
    assert unknown.fix is not None
    assert (unknown.fix.start_line, unknown.fix.start_column, unknown.fix.end_column) == (2, 40, 47)
    assert (limit.code, limit.line, limit.column, limit.end_column) == ("limit", 3, 12, 20)


def test_a_fix_never_writes_over_a_placeholder() -> None:
    sql = "SELECT campaign || {{ tail }} AS k, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1"
    (found,) = check_written(sql)
    assert (found.code, found.column, found.end_column) == ("concatenation", 8, 30)
    assert found.fix is None


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("SELECT '{{ x }}' AS a", 8),
        ("SELECT {{ x }} AS a, 'open", 22),
        ("SELECT {% if a %} b", 8),
        ("DROP TABLE {{ x }}", 1),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(sql: str, column: int) -> None:
    (found,) = check_written(sql)
    assert (found.code, found.severity, found.column) == ("syntax", "error", column)


def test_findings_on_bound_values_are_told_in_the_text_with_placeholders() -> None:
    sql = "SELECT campaign, SUM(clicks) AS n\nFROM dsp_clicks WHERE campaign IN ({{ x }}) LIMIT 3"
    bound = probe(sql, {"x": ["a 'long' one"] * 1000})
    codes = {f.code: (f.line, f.column) for f in in_author_terms(check(bound.text), bound)}
    assert codes == {"not-grouped": (1, 8), "limit": (2, 45)}
