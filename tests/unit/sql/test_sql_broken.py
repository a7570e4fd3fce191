"""Texts that are no query, or no longer one: always findings, never an exception, never a wait."""

from pathlib import Path

import pytest

from amc.sql.checker import SYNTAX, check
from amc.sql.dialect import parse
from amc.sql.findings import Finding
from amc.sql.lex import LineIndex
from amc.sql.written import check_written
from tests.unit.sql.broken import prefixes, with_one_twice, without_one_token
from tests.unit.sql.rules.edits import applied
from tests.unit.sql.rules.test_cases import WRONG, spans

CORPUS = sorted((Path(__file__).parents[2] / "fixtures" / "sql").glob("[ca]*/*.sql"))
# Eight files a case; over all of them every kind of token is met. The benchmark takes the whole.
GROUPS = [CORPUS[n::36] for n in range(36)]
STRIDE = 13


def stand(findings: list[Finding], sql: str) -> None:
    """Every finding says something about a place that is there."""
    lines = LineIndex(sql)
    for finding in findings:
        assert finding.message
        start = lines.offset(finding.line, finding.column)
        end = lines.offset(finding.end_line, finding.end_column)
        assert 0 <= start <= end <= len(sql), finding
        assert lines.position(start) == (finding.line, finding.column), finding


@pytest.mark.timeout(120)
@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_every_broken_form_of_the_corpus_gives_findings_at_places_that_are_there(
    group: int,
) -> None:
    for number, path in enumerate(GROUPS[group]):
        sql = path.read_text(encoding="utf-8")
        first = (group + number) % STRIDE
        for broken in (
            *prefixes(sql, STRIDE, first),
            *without_one_token(sql, STRIDE, first),
            *with_one_twice(sql, STRIDE, first),
        ):
            found = check(broken)
            stand(found, broken)
            if any(f.code == SYNTAX for f in found):
                assert [f.severity for f in found] == ["error"]


@pytest.mark.parametrize("case", WRONG, ids=[c.name for c in WRONG])
def test_wrong_queries_stand_line_ends_and_placeholders_and_keep_their_findings(case) -> None:  # type: ignore[no-untyped-def]
    sql, _ = spans(case.marked)
    options = case.given.options()
    plain = [(f.code, f.line, f.column) for f in check(sql, **options)]
    ended = check(sql.replace("\n", "\r\n"), **options)
    if case.rule != SYNTAX:
        assert [(f.code, f.line, f.column) for f in ended] == plain
        for finding in check(sql, **options):
            if finding.fix is not None:
                parse(applied(sql, finding.fix))
    held = sql.replace("'Brand'", "{{ brand }}").replace("campaign", "{{ c }}", 1)
    stand(check_written(held, **options), held)


DEEP = 10_000
HOSTILE = {
    "empty": ("", "no SQL"),
    "blank": (" \r\n\t ", "no SQL"),
    "only comments": ("-- a\n/* b */", "only comments"),
    "over 256 KB": ("SELECT 1 AS a -- " + "x" * (256 * 1024), "longer than 256 KB"),
    "over 256 KB of wide signs": ("SELECT '" + "ü" * (128 * 1024) + "' AS a", "longer than 256 KB"),
    "binary": ("SELECT \x00\x01 AS a", "not a text"),
    "half a surrogate": ("SELECT '\ud800' AS a", "not a text"),
    "deep brackets": ("SELECT " + "(" * DEEP + "1" + ")" * DEEP + " AS a", "nested"),
    "deep and open": ("SELECT " + "(" * DEEP, "nested"),
    "deep CASE": ("SELECT " + "CASE WHEN 1 = 1 THEN " * 2_000 + "1" + " END" * 2_000, "nested"),
    "closing only": ("SELECT 1" + ")" * DEEP, "closes nothing"),
    "insert": ("INSERT INTO t SELECT campaign FROM dsp_clicks", "queries only"),
    "delete": ("delete from dsp_clicks", "queries only"),
    "create": ("CREATE TABLE t AS SELECT 1 AS a", "queries only"),
    "drop behind": ("SELECT 1 AS a; DROP TABLE t", "second statement"),
    "two queries": ("SELECT 1 AS a;\nSELECT 2 AS a", "second statement"),
    "open text": ("SELECT 'a AS b", "not closed"),
    "open name": ('SELECT "a AS b', "not closed"),
    "open comment": ("SELECT 1 AS a /* b", "not closed"),
    "prose": ("please show me all campaigns", "begins with SELECT or WITH"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_query_is_one_error_that_says_why(name: str) -> None:
    sql, words = HOSTILE[name]
    for ways in (check, check_written):
        (found,) = ways(sql)  # type: ignore[operator]
        assert (found.code, found.severity) == (SYNTAX, "error")
        assert words in found.message, found.message


@pytest.mark.timeout(60)
def test_a_text_that_is_too_long_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(_: str) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("amc.sql.checker.lex", read)
    (found,) = check("'" * 300_000)
    assert "longer than" in found.message
