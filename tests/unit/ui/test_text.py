from datetime import UTC, datetime, timedelta

import pytest

from amc.ui.download import content_disposition
from amc.ui.text import ago, count, esc_md, instant

AT = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ ~~no~~",
        "![x](http://evil.example/p.png)",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "$\\href{javascript:alert(1)}{x}$",
        ":red[x] :material/home: :smile:",
        "# heading\n- list\n1. one",
        "| a | b |",
        "- not a list",
        "12. not a list",
        "=== not a heading",
        "> not a quote",
        "`code` & &amp;",
        "ann@evil.example www.evil.example https://evil.example",
    ],
)
def test_nothing_that_markdown_reads_is_left_unescaped(text: str) -> None:
    out = esc_md(text)
    assert "\n" not in out
    bare = out.replace("\u2060", "")
    kept = [c for i, c in enumerate(bare) if not (i and bare[i - 1] == "\\")]
    assert not set(kept) & set("*_`[]<$|~&")
    assert kept[0] not in "#+-=>"
    # Read back as Markdown does: a backslash before a sign is dropped.
    plain, escaped = "", False
    for c in bare:
        if c == "\\" and not escaped:
            escaped = True
            continue
        plain, escaped = plain + c, False
    assert plain == " ".join(text.split())


def test_plain_names_stay_as_they_are() -> None:
    assert esc_md("Kessler Söhne Q4 2026") == "Kessler Söhne Q4 2026"
    assert esc_md(12) == "12"


def test_what_cannot_be_seen_becomes_visible() -> None:
    assert esc_md("a\x00b\x1b[31m") == "a\ufffdb\ufffd\\[31m"
    assert esc_md("  a \n\t b ") == "a b"


def test_instants_are_shown_in_their_zone_with_its_name() -> None:
    assert instant(AT, "UTC") == "2026-03-29 00:30 UTC"
    assert instant(AT, "Europe/Berlin") == "2026-03-29 01:30 CET"
    assert instant(AT + timedelta(hours=1), "Europe/Berlin") == "2026-03-29 03:30 CEST"
    assert instant(None, "UTC") == "–"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5, seconds=59), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_spans_are_told_in_words(span: timedelta, words: str) -> None:
    assert ago(AT, AT + span) == words


def test_numbers_agree_with_their_nouns() -> None:
    assert count(1, "run") == "1 run"
    assert count(1204, "run") == "1,204 runs"
    assert count(2, "entry", "entries") == "2 entries"


def test_download_names_follow_rfc_6266() -> None:
    header = content_disposition('Käufer "Q4"/../\r\nX: y.csv')
    assert header == (
        'attachment; filename="K_ufer _Q4_.._X_ y.csv"; '
        "filename*=UTF-8''K%C3%A4ufer%20_Q4_.._X_%20y.csv"
    )
    assert "\r" not in header
    assert len(content_disposition("x" * 500 + ".xlsx")) < 450
    assert 'filename="x' in content_disposition("x" * 500 + ".xlsx")
