"""The text that Amazon gets: the author's tokens, on one line, with a way back to their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.sql.errors import SqlSyntaxError
from amc.sql.lex import LineIndex, Token, lex
from amc.sql.sent import sent_text

PIECES = [
    "SELECT", "a", ",", "'text'", "'it''s'", "'two\nlines'", "'--'", "'/*'", '"q n"', "1.5",
    "-", "/", "*",
    "-- note\n", "-- it's */ here\n", "--\n", "/* block */", "/* two\nlines */", "/**/", "/* -- */",
    "(", ")", "<=", "{{ x }}", "\n", "\t", " ", "\r\n", "--/ odd *\n", "ü", "🙂",
]  # fmt: skip


def code(sql: str) -> list[Token]:
    return [t for t in lex(sql) if not t.is_comment]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
def test_the_sent_text_has_the_authors_tokens_and_every_place_leads_back(sql: str) -> None:
    sent = sent_text(sql)
    mine, theirs = code(sql), code(sent.text)
    assert [t.text for t in theirs] == [t.text for t in mine]
    for there, here in zip(theirs, mine, strict=True):
        assert sent.author_position(there.line, there.column) == (here.line, here.column)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_line_break_is_sent_outside_a_string(sql: str) -> None:
    try:
        sent = sent_text(sql)
    except SqlSyntaxError:
        return
    rest = sent.text
    for token in lex(sent.text):
        if token.text[0] in "'\"":
            rest = rest.replace(token.text, "", 1)
    assert not set(rest) & set("\n\r\t")
    assert sent_text(sent.text).text == sent.text


@pytest.mark.parametrize(
    ("author", "sent"),
    [
        ("SELECT a\n\tFROM t;", "SELECT a FROM t"),
        ("SELECT a FROM t ; -- done\n", "SELECT a FROM t /* done */"),
        ("SELECT a -- the */ one\nFROM t", "SELECT a /* the * / one */ FROM t"),
        ("SELECT 'a;\nb' ;;", "SELECT 'a;\nb'"),
        ("  SELECT 1  ", "SELECT 1"),
        ("SELECT a--x\n-b", "SELECT a/* x */ -b"),
        ("SELECT ';'", "SELECT ';'"),
        ("SELECT /*+ new */ a --+ b", "SELECT /* + new */ a /* + b */"),
    ],
)
def test_what_is_sent(author: str, sent: str) -> None:
    assert sent_text(author).text == sent


def test_amcs_message_is_told_in_the_authors_places() -> None:
    author = "SELECT campaign, -- which\n       nope\nFROM dsp_clicks"
    sent = sent_text(author)
    start = sent.text.index("nope") + 1
    message = f"From line 1, column {start} to line 1, column {start + 3}: Column 'nope' not found"
    assert sent.in_author_terms(message) == (
        "From line 2, column 8 to line 2, column 11: Column 'nope' not found"
    )
    assert sent.in_author_terms(f"Error at line 1, column {start}") == "Error at line 2, column 8"
    assert sent.in_author_terms("Timed out.") == "Timed out."


def test_an_unclosed_string_is_refused_at_its_place() -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        sent_text("SELECT a,\n  'open FROM t")
    assert (caught.value.line, caught.value.column) == (2, 3)


@given(st.text(alphabet="ab\n\r", max_size=30), st.integers(0, 30))
def test_lines_and_columns_lead_back_to_the_offset(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    index = LineIndex(text)
    assert index.offset(*index.position(offset)) == offset
