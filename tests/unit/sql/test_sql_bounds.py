"""A check reads and says no more than helps; what it leaves out never passes as clean."""

import pytest

from amc.sql import bounds
from amc.sql.bounds import LIMIT, MAX_TOKENS, UNFINISHED, bounded
from amc.sql.catalog import load_catalog
from amc.sql.checker import check
from amc.sql.errors import SqlTooLargeError
from amc.sql.explain import explain
from amc.sql.findings import Finding
from amc.sql.lex import lex
from amc.sql.written import check_written


def wrong(count: int) -> str:
    return "SELECT " + ",\n".join(f"nope{n}" for n in range(count)) + " FROM dsp_impressions"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + ",".join("x" * 60_000) + " FROM dsp_impressions",
        "SELECT " + "+".join("1" * 60_000) + " AS n FROM dsp_impressions",
        " UNION ALL ".join(["SELECT campaign FROM dsp_impressions"] * 5_100),
        "WITH " + ",".join(f"c{n} AS (SELECT 1)" for n in range(9_000)) + " SELECT 1",
        "SELECT a.campaign FROM dsp_impressions a WHERE a.campaign IN ("
        + ",".join(f"'{n}'" for n in range(15_000)) + ") GROUP BY 1",
    ],
    ids=["columns", "sum", "unions", "ctes", "list"],
)  # fmt: skip
def test_a_text_that_takes_too_long_is_refused_before_it_is_parsed(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    monkeypatch.setattr("amc.sql.checker.parse_tokens", lambda sql, _: parsed.append(sql))
    (only,) = check(text)
    assert (only.code, only.severity, parsed) == ("syntax", "error", [])
    assert f"at most {MAX_TOKENS:,}" in only.message


def test_a_list_of_ten_thousand_ids_typed_by_hand_is_checked() -> None:
    ids = ", ".join(f"'{n:018}'" for n in range(10_000))
    text = (
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions "
        f"WHERE campaign_id_string IN ({ids}) GROUP BY 1"
    )
    assert [f for f in check(text) if f.severity == "error"] == []


def test_comments_do_not_count() -> None:
    text = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    assert check(text + "\n-- so" * (MAX_TOKENS + 1)) == check(text)


def test_many_findings_end_with_one_that_says_so() -> None:
    found = check(wrong(LIMIT + 50))
    assert len(found) == LIMIT + 1
    assert [f.line for f in found[:LIMIT]] == sorted(f.line for f in found[:LIMIT])
    assert (found[-1].code, found[-1].severity) == (UNFINISHED, "error")
    assert "more findings" in found[-1].message


def test_as_many_findings_as_are_shown_are_all_there_is() -> None:
    found = check(wrong(LIMIT // 2))
    assert found
    assert UNFINISHED not in {f.code for f in found}


def test_a_rule_is_not_asked_for_more_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    original = bounds.bounded
    monkeypatch.setattr(
        "amc.sql.checker.bounded", lambda found, cut: original(made.extend(found) or made, cut)
    )
    check(wrong(2_000))
    assert len([f for f in made if f.code == "unknown-column"]) == LIMIT


def finding(line: int, severity: str) -> Finding:
    return Finding("x", severity, "It is so.", line, 1, line, 2)  # type: ignore[arg-type]


def test_an_error_that_is_left_out_makes_the_last_finding_an_error() -> None:
    found = bounded([finding(n, "hint") for n in range(LIMIT)] + [finding(900, "error")])
    assert (found[-1].code, found[-1].severity) == (UNFINISHED, "error")


def test_hints_that_are_left_out_keep_nobody_from_running() -> None:
    found = bounded([finding(n, "hint") for n in range(LIMIT + 9)])
    assert (found[-1].severity, len(found)) == ("hint", LIMIT + 1)
    assert "9 more" in found[-1].message


def test_a_rule_that_was_cut_counts_as_its_severity() -> None:
    assert bounded([finding(1, "hint")], ["error"])[-1].severity == "error"


def test_a_text_with_placeholders_says_so_too() -> None:
    found = check_written(wrong(LIMIT + 50) + " WHERE campaign = {{ x }}")
    assert (found[-1].code, found[-1].severity) == (UNFINISHED, "error")


def test_the_limit_is_about_words_and_not_about_one_long_text() -> None:
    text = f"SELECT '{'x' * 200_000}' AS n, SUM(impressions) AS m FROM dsp_impressions GROUP BY 1"
    assert len(lex(text)) < MAX_TOKENS
    assert "syntax" not in {f.code for f in check(text)}


def test_an_explanation_is_bounded_as_well() -> None:
    with pytest.raises(SqlTooLargeError, match="words and signs"):
        explain("SELECT " + "+".join("1" * 60_000) + " AS n FROM dsp_impressions", load_catalog())
