"""A corpus of queries as analysts write them: all parse, round-trip, translate and run."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from amc.sql.catalog import Column, load_catalog
from amc.sql.dialect import AMC, parse
from amc.sql.duckdb import SourceRef, to_duckdb
from amc.sql.functions import functions
from amc.sql.guard import check_tokens
from amc.sql.lex import Kind, lex
from amc.sql.sent import sent_text
from amc.sql.types import duckdb_type, parse_type
from tests.unit.sql.duck import NOW, WINDOW, Duck

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"
ANALYTICS = sorted((FIXTURES / "corpus").glob("*.sql"))
# Audience queries give user ids out, which an analytics query may not.
CORPUS = ANALYTICS + sorted((FIXTURES / "audience").glob("*.sql"))
PARAMETERS = {
    "asins": ["B000000001", "B00EXAMPL2"],
    "campaign_ids": [],
    "campaigns": ["ALL"],
    "lookback_days": 14,
    "start_date": date(2023, 1, 1),
    "campaign_pattern": "(?i)brand",
    "subtype": "order",
    "brand_terms": "(?i)acme",
    "exposure_days": 7,
    "min_users": 1,
}
# Few values that meet across the tables, so that joins and filters find rows.
TEXTS = {
    "user_id": ["u1", "u2", "u3", "u4"],
    "campaign": ["Brand_US_1", "Prospecting_DE_2", "Video RT_3"],
    "campaign_id_string": ["1", "2", "3"],
    "tracked_asin": ["B00EXAMPL1", "B00EXAMPL2", "B000000001"],
    "tracked_item": ["keyword#acme grill", "B00EXAMPL1", "B00EXAMPL2"],
    "conversion_event_subtype": ["order", "detailPageView"],
    "device_type": ["TV", "PC", "Phone"],
    "supply_source": ["Prime Video ads", "Twitch", "INDEX"],
    "line_item_type": ["AAP_VIDEO_CPM", "AAP"],
    "event_subtype": ["order", "shoppingCart", "repeatSnSOrder", "searchConversion"],
    "event_category": ["purchase", "website", "off-Amazon"],
    "ad_product_type": ["sponsored_products", "sponsored_brands", "sponsored_display"],
    "dma_code": ["501", "803"],
}
SHARED_IDS = ("request_tag", "impression_id", "event_id", "traffic_event_id", "segment_id")
# In the small tables whoever fills a cart orders, too.
NOTHING_FOUND = {"audience_cart_abandoners"}
ROWS = 24
_NUMBER = "1 + (i % 3) * 40"


def cell(table: str, column: Column) -> str:
    """An expression over the row number `i` that gives a value of the column's type."""
    kind = column.type
    if column.name in TEXTS:
        values = TEXTS[column.name]
        # u4 sees ads and never converts.
        if column.name == "user_id" and ("conversions" in table or "attributed" in table):
            values = values[:3]
    elif kind.name == "STRING" and column.name not in SHARED_IDS and column.known_values:
        values = [v for v in column.known_values if v is not None][:4]
    elif kind.name == "STRING":
        values = [f"{column.name} {n}" for n in range(6)]
    else:
        values = []
    if values:
        quoted = ", ".join("'" + v.replace("'", "''") + "'" for v in values)
        # Every user meets every campaign, item and kind of event within the 24 rows.
        stride = 1 if column.name == "user_id" else 2 if column.name in SHARED_IDS else 4
        return f"[{quoted}][1 + CAST(floor(i / {stride}) AS INT) % {len(values)}]"
    if kind.name == "TIMESTAMP":
        later = "2 days" if column.name.startswith("conversion") else "0 days"
        return f"TIMESTAMP '2024-01-01 08:00:00' + INTERVAL (i * 7) HOUR + INTERVAL {later}"
    if kind.name == "DATE":
        return "DATE '2024-01-01' + CAST(i % 7 AS INT)"
    if kind.name == "BOOLEAN":
        return "i % 2 = 0"
    if kind.name == "ARRAY":
        return "[1, i]"
    if column.name == "campaign_id":
        return "[11111, 22222, 33333][1 + CAST(floor(i / 4) AS INT) % 3]"
    return "CASE WHEN i % 5 = 4 THEN NULL ELSE i % 3 END" if "fee" in column.name else _NUMBER


@cache
def create(name: str) -> str:
    """SELECT that makes the rows of a table of the catalog."""
    source = load_catalog().table(name)
    assert source is not None, name
    cells = [
        f'CAST({cell(name, c)} AS {duckdb_type(c.type).sql("duckdb")}) AS "{c.name}"'
        for c in source.columns.values()
    ]
    return f"SELECT {', '.join(cells)} FROM range({ROWS}) t(i)"


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck(parameters=PARAMETERS)


def ensure(duck: Duck, sql: str) -> None:
    def note(ref: SourceRef):  # type: ignore[no-untyped-def]
        duck.connection.execute(f"CREATE TABLE IF NOT EXISTS {ref.name} AS {create(ref.name)}")
        return parse("SELECT 1")

    to_duckdb(parse(sql), source=note, parameters=duck.parameters, window=WINDOW, now=NOW)


def test_the_corpus_is_large_enough() -> None:
    assert len(ANALYTICS) >= 150


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_a_query_of_the_corpus_parses_round_trips_and_runs(duck: Duck, path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    tree = parse(sql)
    again = tree.sql("amc", comments=False)
    assert parse(again).sql("amc") == again
    ensure(duck, sql)
    rows = duck.run(sql)
    assert duck.translation is not None
    assert rows or path.stem in NOTHING_FOUND
    assert all(len(row) == len(duck.translation.columns) for row in rows)
    # The generated text must mean the same, and so must the text that is sent.
    assert shown(duck.run(again)) == shown(rows) or is_random(sql)
    sent = sent_text(sql).text
    assert parse(sent) == tree


def shown(rows: list[tuple[object, ...]]) -> list[str]:
    """Rows in an order of their own, without the last digits of sums."""
    return sorted(repr([round(v, 9) if isinstance(v, float) else v for v in row]) for row in rows)


def is_random(sql: str) -> bool:
    return any(t.upper in ("RANDOM", "UUID", "COLLECT", "ROW_NUMBER") for t in lex(sql))


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_a_comment_may_stand_between_any_two_tokens(path: Path) -> None:
    """Also inside GROUP BY and SIMILAR TO; the blanks of a pasted text do no harm either."""
    sql = path.read_text(encoding="utf-8")
    tree, words = parse(sql), [t.text for t in lex(sql) if not t.is_comment]
    assert parse(" /* SELECT ' */ ".join(words)) == tree
    assert parse(" -- FROM (\n".join(words)) == tree
    assert parse("\u00a0\u2009".join(words)) == tree


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_sqlglots_tokens_are_ours(path: Path) -> None:
    """Two lexers, one text: the parser must never see other tokens than we do."""
    sql = path.read_text(encoding="utf-8")
    ours = [(t.start, t.end) for t in lex(sql) if not t.is_comment]
    theirs = [(t.start, t.end + 1) for t in AMC().tokenize(sql)]
    # Theirs may take several of ours together (GROUP BY, SIMILAR TO), never cut one of ours;
    # but for the dot of `.5`, which its parser puts together again.
    dots = {t.start + 1 for t in lex(sql) if t.kind is Kind.NUMBER and t.text[0] == "."}
    starts, ends = {s for s, _ in ours} | dots, {e for _, e in ours} | dots
    assert all(start in starts and end in ends for start, end in theirs)
    check_tokens(lex(sql))


def test_the_corpus_uses_every_documented_function() -> None:
    words = {
        t.upper for p in CORPUS for t in lex(p.read_text(encoding="utf-8")) if t.kind is Kind.WORD
    }
    missing = {name for name, spec in functions().items() if spec.documented} - words
    assert missing <= {"STDDEV_SAMP", "VAR_SAMP", "SECOND", "STR_TO_MAP"}, missing


def test_types_of_the_catalog_are_all_known() -> None:
    for source in load_catalog():
        for column in source.columns.values():
            assert parse_type(column.data_type).name != "UNKNOWN", (source.name, column)
