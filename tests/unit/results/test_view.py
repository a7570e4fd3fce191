from datetime import date, datetime

import pandas as pd
import pytest

from amc.errors import ResultFormatError, ResultMissingError, UsageError
from amc.results.filters import Filter
from amc.results.view import CampaignName, ResultView
from tests.unit.results.conftest import column, metric

COLUMNS = [
    column("campaign_id", "LONG"), column("brand"), column("day", "DATE"),
    column("seen", "TIMESTAMP"), column("own", "BOOLEAN"), metric("users"),
    metric("spend", "DECIMAL"), metric("rate", "DOUBLE"),
]  # fmt: skip
TEXT = (
    "campaign_id,brand,day,seen,own,users,spend,rate\n"
    "007,NA,2026-01-01,2026-01-01T10:00:00Z,true,10,1.50,0.5\n"
    "123456789012345678,Söhne % _,2026-01-02,2026-01-02T10:00:00Z,false,20,2.25,NaN\n"
    '900,"=HYPERLINK(""x"")",2026-01-03,2026-01-03T10:00:00Z,,20,,Infinity\n'
    ",,,,,5,0.25,0.25\n"
)


@pytest.fixture
def view(make, tmp_path):
    make(TEXT, columns=COLUMNS)
    with ResultView(tmp_path / "out" / "result.parquet") as opened:
        yield opened


def brands(page):
    return [None if pd.isna(brand) else brand for brand in page.frame["brand"]]


def test_a_page_shows_ids_as_text_and_types_as_they_are(view):
    page = view.page()
    assert (page.matching, page.total) == (4, 4)
    assert list(page.frame["campaign_id"][:2]) == ["007", "123456789012345678"]
    assert page.frame["users"].dtype.kind == "i"
    assert page.frame["seen"].dtype.kind == "M"
    assert page.frame["spend"][1] == 2.25
    assert "file_row_number" not in page.frame


def test_pages_neither_repeat_nor_skip_a_row_when_many_are_equal(make, tmp_path):
    make(
        "k,n\n" + "".join(f"k{i % 3},{i}\n" for i in range(1000)),
        columns=[column("k"), metric("n")],
    )
    with ResultView(tmp_path / "out" / "result.parquet") as view:
        seen = []
        for offset in range(0, 1000, 70):
            seen += list(view.page(offset=offset, limit=70, sort=[("k", "desc")]).frame["n"])
    expected = sorted(range(1000), key=lambda n: (-(n % 3), n))
    assert seen == expected


def test_blank_values_come_last_in_both_directions(view):
    assert brands(view.page(sort=[("brand", "asc")]))[-1] is None
    assert brands(view.page(sort=[("brand", "desc")]))[-1] is None
    assert list(view.page(sort=[("users", "desc"), ("brand", "asc")]).frame["users"]) == [
        20,
        20,
        10,
        5,
    ]


@pytest.mark.parametrize(
    ("one", "ids"),
    [
        (Filter("campaign_id", "=", "007"), ["007"]),
        (Filter("campaign_id", "in", ["007", "900"]), ["007", "900"]),
        (Filter("brand", "contains", "söhne"), ["123456789012345678"]),
        (Filter("brand", "contains", "% _"), ["123456789012345678"]),
        (Filter("brand", "blank"), [None]),
        (Filter("brand", "filled"), ["007", "123456789012345678", "900"]),
        (Filter("brand", "!=", "NA"), ["123456789012345678", "900", None]),
        (Filter("day", ">=", "2026-01-02"), ["123456789012345678", "900"]),
        (Filter("day", "=", date(2026, 1, 1)), ["007"]),
        (Filter("seen", "<", datetime(2026, 1, 2)), ["007"]),  # noqa: DTZ001
        (Filter("own", "=", "TRUE"), ["007"]),
        (Filter("own", "=", False), ["123456789012345678"]),
        (Filter("users", "in", ["5", 10]), ["007", None]),
        (Filter("spend", "=", "2.25"), ["123456789012345678"]),
        (Filter("rate", "<=", 0.25), [None]),
    ],
)
def test_each_filter_finds_its_rows(view, one, ids):
    page = view.page(filters=[one])
    assert [None if pd.isna(v) else v for v in page.frame["campaign_id"]] == ids
    assert page.matching == len(ids)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("hyperlink", 1),
        ("söhne", 1),
        ("2026-01", 3),
        ("20", 4),
        ("%", 1),
        ("' OR 1=1 --", 0),
        ("  ", 4),
    ],
)
def test_the_search_looks_into_every_column(view, words, count):
    assert view.page(search=words).matching == (3 if words == "20" else count)


@pytest.mark.parametrize(
    "wrong",
    [
        Filter("nope", "=", 1), Filter('brand" OR 1=1 --', "=", 1), Filter("users", "=", "many"),
        Filter("day", "=", "soon"), Filter("own", "=", "perhaps"), Filter("users", "LIKE", 1),
        Filter("users", "=", "1e99999"), Filter("users", "=", None),
    ],
)  # fmt: skip
def test_a_wrong_filter_is_refused_in_words(view, wrong):
    with pytest.raises(UsageError):
        view.page(filters=[wrong])


def test_a_wrong_sort_or_column_is_refused(view):
    for sort in ([("nope", "asc")], [("brand", "asc; DROP TABLE result")]):
        with pytest.raises(UsageError):
            view.page(sort=sort)
    with pytest.raises(UsageError):
        view.page(columns=["nope"])
    with pytest.raises(UsageError):
        view.grouped(["brand"], {"brand": "sum"})
    with pytest.raises(UsageError):
        view.grouped(["brand"], {"users": "median"})
    with pytest.raises(UsageError):
        view.grouped(["brand"], {"users": "sum"}, sort=[("rate", "asc")])


def test_a_hostile_value_stays_a_value(view):
    for text in ("x' OR '1'='1", "'); DROP VIEW result; --", "$limit", "\x00", "🎯"):
        assert view.page(filters=[Filter("brand", "=", text)]).matching == 0
        assert view.page(search=text).matching == 0
    assert view.page().total == 4


def test_the_connection_reaches_nothing_but_its_file(view, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    for query in (
        f"SELECT * FROM read_csv('{other}')",
        f"SELECT * FROM '{other}'",
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{tmp_path}/leak.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '9GB'",
    ):
        with pytest.raises(
            Exception, match=r"Permission|Catalog|configuration|locked|disabled|Cannot"
        ):
            view._connection.execute(query)
    assert not (tmp_path / "leak.csv").exists()


def test_totals_are_defined_with_infinities_and_blanks(view):
    assert view.totals() == {"users": 55, "spend": 4, "rate": 0.75}
    assert view.totals(filters=[Filter("brand", "=", "none")]) == {
        "users": None,
        "spend": None,
        "rate": None,
    }


def test_groups_add_up_to_the_totals(view):
    frame = view.grouped(["users"], {"spend": "sum"}, sort=[("spend", "desc")])
    assert list(frame["users"]) == [20, 10, 5]
    assert frame["spend"].sum() == view.totals()["spend"]
    assert len(view.grouped(["brand"], {"users": "sum"}, limit=2)) == 2
    assert view.grouped([], {"users": "max"})["users"][0] == 20


def test_names_are_joined_beside_the_ids(make, tmp_path):
    make(TEXT, columns=COLUMNS)
    names = {"007": CampaignName("Bond <b>", "MI6"), "900": CampaignName("Nine")}
    with ResultView(tmp_path / "out" / "result.parquet", names=names) as view:
        frame = view.page(sort=[("campaign_id_name", "asc")]).frame
        assert list(frame.columns)[:3] == ["campaign_id", "campaign_id_name", "campaign_id_brand"]
        assert list(frame["campaign_id"][:2]) == ["007", "900"]
        assert frame["campaign_id_name"][0] == "Bond <b>"
        assert frame["campaign_id_name"].isna().sum() == 2
        assert view.page(search="mi6").matching == 1
        assert view.page(filters=[Filter("campaign_id_brand", "=", "MI6")]).matching == 1
        assert view.suppression().by_column == {
            "campaign_id": 1, "brand": 1, "day": 1, "seen": 1, "own": 2,
        }  # fmt: skip


def test_many_ids_of_one_name_do_not_multiply_rows(make, tmp_path):
    make(
        "campaign_id,campaign_id_name,n\n1,x,5\n1,y,6\n",
        columns=[column("campaign_id"), column("campaign_id_name"), metric("n")],
    )
    with ResultView(tmp_path / "out" / "result.parquet", names={"1": CampaignName("One")}) as view:
        frame = view.page().frame
        assert list(frame.columns) == [
            "campaign_id", "campaign_id_name_2", "campaign_id_brand", "campaign_id_name", "n",
        ]  # fmt: skip
        assert view.totals() == {"n": 11}


def test_a_missing_or_damaged_file_is_said(tmp_path):
    with pytest.raises(ResultMissingError):
        ResultView(tmp_path / "gone.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(ResultFormatError, match="damaged"):
        ResultView(tmp_path / "bad.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "foreign.parquet")
    with pytest.raises(ResultFormatError, match="damaged"):
        ResultView(tmp_path / "foreign.parquet")


def test_an_empty_result_has_its_columns(make, tmp_path):
    make("a,b\n", columns=[column("a"), metric("b")])
    with ResultView(tmp_path / "out" / "result.parquet") as view:
        assert list(view.page().frame.columns) == ["a", "b"]
        assert view.totals() == {"b": None}
        assert view.suppression().shares == {"b": None}
