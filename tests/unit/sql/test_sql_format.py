"""`sql format`: blank space and the case of keywords change, nothing else, and only once."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.sql.dialect import parse
from amc.sql.errors import SqlSyntaxError
from amc.sql.format import format_sql
from amc.sql.lex import Kind, Token, lex
from tests.unit.sql.test_sql_corpus import CORPUS

TEXTS = [p.read_text(encoding="utf-8") for p in CORPUS]
BLANKS = [" ", "\n", "\t", "   ", "\r\n", "\n\n\n", " \n\t "]
COMMENTS = ["", "", "", "/* c */", "-- c\n", "/* two\n   lines */", "--\n", "/**/"]


def same(token: Token) -> tuple[Kind, str]:
    """A token apart from what may change: a word's case, blank space at a comment's end."""
    if token.kind is Kind.WORD:
        return token.kind, token.upper
    return token.kind, token.text.rstrip() if token.is_comment else token.text


def tokens(sql: str) -> list[tuple[Kind, str]]:
    return [same(t) for t in lex(sql)]


def check_formatted(sql: str) -> str:
    formatted = format_sql(sql)
    assert tokens(formatted) == tokens(sql)
    assert format_sql(formatted) == formatted, "formatting twice changes nothing more"
    assert not re.search(r"[ \t]\n", "".join(t for t in without_inner(formatted)))
    return formatted


def without_inner(sql: str) -> list[str]:
    """The text without what is inside strings and comments."""
    parts, at = [], 0
    for token in lex(sql):
        parts.append(sql[at : token.start])
        multi = token.kind in (Kind.STRING, Kind.QUOTED, Kind.BLOCK_COMMENT)
        parts.append("x" if multi else token.text)
        at = token.end
    return [*parts, sql[at:]]


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_a_query_of_the_corpus_keeps_its_tokens_and_its_tree(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    formatted = check_formatted(sql)
    assert parse(formatted) == parse(sql)
    assert max(len(line) for line in formatted.splitlines()) <= 400


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_wrong_spacing_and_comments_anywhere_change_nothing(sql: str, random: object) -> None:
    pick = random.choice  # type: ignore[attr-defined]
    parts: list[str] = []
    for token in lex(sql):
        text = token.text.lower() if token.kind is Kind.WORD and pick((True, False)) else token.text
        parts += [text, pick(BLANKS), pick(COMMENTS), pick(BLANKS)]
        if token.kind is Kind.LINE_COMMENT:
            parts.append("\n")
    check_formatted("".join(parts))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aA1 \n\t,.()[]'\"-/*;=<>{}ü%_\\", max_size=60))
def test_any_text_keeps_its_tokens_or_is_refused_with_a_place(sql: str) -> None:
    try:
        check_formatted(sql)
    except SqlSyntaxError:
        with pytest.raises(SqlSyntaxError):
            lex(sql)


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        (
            "select a,b from t where x=1 and y between 1 and 2 or z in(1,2) group by 1,2",
            "SELECT\n    a,\n    b\nFROM t\nWHERE x = 1\n    AND y BETWEEN 1 AND 2\n"
            "    OR z IN (1, 2)\nGROUP BY 1, 2\n",
        ),
        ("(- >", "(- >\n"),
        (
            "select a from t where x=1\n-- and y=2\n  --or z=3\ngroup by a\n-- done\n;",
            "SELECT a\nFROM t\nWHERE x = 1\n    -- and y=2\n    --or z=3\nGROUP BY a\n-- done\n;\n",
        ),
        (
            "select row_number() over(partition by user_id, campaign, creative, device_type "
            "order by impression_dt_utc desc, request_tag) rn from t where campaign in "
            "('123456789012','223456789012','323456789012','423456789012','523456789012',"
            "'623456789012') "
            "and exists(select 1)",
            "SELECT ROW_NUMBER() OVER (\n"
            "    PARTITION BY user_id, campaign, creative, device_type\n"
            "    ORDER BY impression_dt_utc DESC, request_tag\n"
            ") rn\nFROM t\nWHERE campaign IN (\n"
            "        '123456789012',\n        '223456789012',\n        '323456789012',\n"
            "        '423456789012',\n        '523456789012',\n        '623456789012'\n    )\n"
            "    AND EXISTS (SELECT 1)\n",
        ),
        (
            "with e(a) as (select count(1)) select sum(a), t.sum, max from e",
            "WITH e(a) AS (\n    SELECT COUNT(1)\n)\nSELECT\n    SUM(a),\n    t.sum,\n"
            "    max\nFROM e\n",
        ),
        ("select 1 -- one\n", "SELECT 1 -- one\n"),
        ("select left(a,2) from t left join u on t.a=u.a", None),
        ("", ""),
        ("-- nothing but a comment", "-- nothing but a comment\n"),
    ],
)
def test_what_comes_out(written: str, formatted: str | None) -> None:
    found = check_formatted(written)
    if formatted is not None:
        assert found == formatted
    else:
        assert "LEFT(a, 2)" in found
        assert "\nLEFT JOIN u\n    ON t.a = u.a" in found
