import csv
import gzip
import hashlib
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amc.errors import ResultError, ResultFormatError, ResultTooLargeError, StorageFullError
from amc.results import cleaning
from amc.results.columns import is_id_like, safe_names
from amc.results.ingest import ingest
from amc.results.unpacking import Limits
from tests.unit.results.conftest import column, metric


def test_amcs_own_example_is_read_as_amc_means_it(make, rows):
    text = (
        "campaign_id_string,campaign,impressions,clicks,spend,filtered\n"
        'A0EXAMPLE00000000001,"Spring, \\"US\\" sale",120034,812,431.27,false\n'
        ",,3021,14,6.9,true\n"
    )
    columns = [
        column("campaign_id_string"), column("campaign"), metric("impressions"), metric("clicks"),
        metric("spend", "DOUBLE"), column("filtered", "BOOLEAN"),
    ]  # fmt: skip
    report = make(text, columns=columns)
    assert rows() == [
        ("A0EXAMPLE00000000001", 'Spring, "US" sale', 120034, 812, 431.27, False),
        (None, None, 3021, 14, 6.9, True),
    ]
    assert report.rows == 2
    assert report.warnings == ()
    assert report.campaign_ids == ("A0EXAMPLE00000000001",)
    assert report.suppression.rows == 1
    assert report.suppression.by_column == {"campaign_id_string": 1, "campaign": 1}
    assert report.suppression.shares["clicks"] == pytest.approx(14 / 826)
    json.dumps(report.to_dict())


def test_the_discriminator_decides_which_rows_were_hidden(make):
    text = "device,postal,users,cut\niPhone,,1100,TRUE\n,44444,1700,FALSE\n"
    columns = [
        column("device"), column("postal"), metric("users"), column("cut", "BOOLEAN"),
    ]  # fmt: skip
    assert make(text, columns=columns).suppression.rows == 2
    report = make(text, columns=columns, discriminator="cut")
    assert report.suppression.rows == 1
    assert report.suppression.shares["users"] == pytest.approx(1100 / 2800)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"a ""b"" c"', 'a "b" c'),
        ('"a \\"b\\" c"', 'a "b" c'),
        ('"\\"=1"', '"=1'),
        ('"a\\\\"', "a\\"),
        ('"a\\\\\\"b"', 'a\\"b'),
        ("C:\\dir", "C:\\dir"),
        ('"C:\\dir, D:"', "C:\\dir, D:"),
        ('"line\nbreak"', "line\nbreak"),
        ('"line\r\nbreak"', "line\r\nbreak"),
        ('"[[1, SP], [2, DSP]]"', "[[1, SP], [2, DSP]]"),
        ('12" pizza', '12" pizza'),
        (" blank ", " blank "),
        ("", None),
        ('""', None),
        ('"\x08\x00"', "\x08\x00"),
        ("שלום 🎯", "שלום 🎯"),
        ("NA", "NA"),
        ("null", "null"),
        ("TRUE", "TRUE"),
        ("1e5", "1e5"),
        ("1/2", "1/2"),
    ],
)
def test_each_spelling_of_a_value_is_read(make, rows, field, value):
    make(f"v,n\nfirst,1\n{field},2\nlast,3\n", columns=[column("v"), metric("n")])
    assert rows() == [("first", 1), (value, 2), ("last", 3)]


def test_a_backslash_before_a_closing_quote_may_be_just_a_backslash(make, rows):
    make('v,n\n"C:\\dir\\",2\n', columns=[column("v"), metric("n")])
    assert rows() == [("C:\\dir\\", 2)]


def test_ids_stay_text_whatever_is_declared(make, rows):
    text = "campaign_id,advertiser,account_number,n\n00123,NA,123456789012345678,1\n"
    columns = [
        column("campaign_id", "LONG"), column("advertiser"), column("account_number", "LONG"),
        metric("n"),
    ]  # fmt: skip
    report = make(text, columns=columns)
    assert rows() == [("00123", "NA", "123456789012345678", 1)]
    assert report.columns[2].note == "numbers this long are ids and stay text"


def test_twenty_digit_metrics_are_not_rounded(make, rows):
    make("a,b\n12345678901234567890,9007199254740993\n", columns=[metric("a"), metric("b")])
    assert rows() == [("12345678901234567890", 9007199254740993)]


def test_types_are_exact(make, rows):
    text = (
        "m,r,d,t,b,z\n"
        "1.10,0.1,2026-01-25,2022-10-25T22:11:00.123Z,TRUE,NaN\n"
        "123456789012.3456789,1e-7,2024-02-29,2022-10-25 22:11:00,false,-Infinity\n"
        "0E-18,-0,,,,-0.0\n"
    )
    columns = [
        metric("m", "DECIMAL(38,4)"), metric("r", "DOUBLE"), column("d", "DATE"),
        column("t", "TIMESTAMP"), column("b", "BOOLEAN"), metric("z", "DOUBLE"),
    ]  # fmt: skip
    report = make(text, columns=columns)
    first, second, third = rows()
    assert first[:5] == (
        Decimal("1.10"), 0.1, date(2026, 1, 25), datetime(2022, 10, 25, 22, 11, 0, 123000), True,  # noqa: DTZ001
    )  # fmt: skip
    assert second[0] == Decimal("123456789012.3456789")
    assert second[3] == datetime(2022, 10, 25, 22, 11)  # noqa: DTZ001
    assert third[0] == 0
    assert third[2:5] == (None, None, None)
    assert report.columns[0].sql_type == "DECIMAL(30,18)"
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("data_type", "values"),
    [
        ("LONG", ["1", "2", "3.5"]),
        ("LONG", ["1", "007"]),
        ("LONG", ["1", "9" * 20]),
        ("INTEGER", ["1", "n/a"]),
        ("DECIMAL", ["1.5", "1,5"]),
        ("DECIMAL", ["1." + "1" * 30, "1" * 30]),
        ("DOUBLE", ["1.5", "1e400"]),
        ("DOUBLE", ["1.5", "inf"]),
        ("BOOLEAN", ["true", "yes"]),
        ("DATE", ["2026-01-01", "1/25/26"]),
        ("DATE", ["2026-01-01", "2026-02-30"]),
        ("TIMESTAMP", ["2026-01-01T00:00:00Z", "yesterday"]),
    ],
)
def test_one_value_that_does_not_fit_makes_the_column_text(make, rows, data_type, values):
    lines = "".join(f'"{value}",7\n' for value in values)
    report = make(f"x,n\n{lines}", columns=[metric("x", data_type), metric("n")])
    assert [row[0] for row in rows()] == values
    assert report.columns[0].kind == "text"
    assert report.columns[1].kind == "integer"
    assert any("kept as text" in sentence for sentence in report.warnings)


def test_text_in_the_very_last_row_loses_nothing(make, rows):
    body = "".join(f"{i}\n" for i in range(300_000))
    make(f"x\n{body}late\n", columns=[metric("x")])
    assert rows("SELECT count(*), min(x), max(x) FILTER (WHERE x = 'late') FROM result") == [
        (300_001, "0", "late")
    ]


def test_without_a_description_only_plain_numbers_are_numbers(make, rows):
    text = "brand,zip_code,n,rate,odd\n1e5,00501,1,0.5,1\n2,10001,20,1.25,02\n"
    report = make(text)
    assert [c.kind for c in report.columns] == ["text", "text", "integer", "decimal", "text"]
    assert rows()[0] == ("1e5", "00501", 1, Decimal("0.50"), "1")


def test_parts_are_put_together_and_their_headers_dropped(make, rows, tmp_path):
    first, second = "a,b\n1,x\n2,y", "a,b\n3,z\n"
    report = make(first, second, columns=[metric("a"), column("b")])
    assert rows() == [(1, "x"), (2, "y"), (3, "z")]
    assert [part.sha256 for part in report.parts] == [
        hashlib.sha256(text.encode()).hexdigest() for text in (first, second)
    ]
    parquet = tmp_path / "out" / "result.parquet"
    assert report.sha256 == hashlib.sha256(parquet.read_bytes()).hexdigest()
    assert report.bytes == parquet.stat().st_size


def test_gzip_is_told_by_its_first_bytes_even_twice(make, rows):
    make("a\n1\n", packed=True, columns=[metric("a")])
    assert rows() == [(1,)]
    make(gzip.compress(b"a\n2\n"), packed=True, columns=[metric("a")])
    assert rows() == [(2,)]
    with pytest.raises(ResultFormatError, match="more than twice"):
        make(gzip.compress(gzip.compress(b"a\n2\n")), packed=True)


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "\ufeffa,b\r\n"])
def test_a_header_alone_is_an_empty_result(make, rows, text):
    report = make(text, columns=[metric("a"), metric("b", "DECIMAL")])
    assert report.rows == 0
    assert rows() == []
    assert [c.label for c in report.columns] == ["a", "b"]


def test_crlf_blank_end_and_byte_order_mark_are_no_content(make, rows):
    make('\ufeffa,b\r\n1,"x\r\ny"\r\n2,z\r\n\r\n\r\n', columns=[metric("a"), column("b")])
    assert rows() == [(1, "x\r\ny"), (2, "z")]


def test_a_blank_line_of_a_single_column_is_an_empty_value(make, rows):
    make("a\nx\n\ny\n", columns=[column("a")])
    assert rows() == [("x",), (None,), ("y",)]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>",
        "  \n<html>\n<p>a,b</p>\n</html>\n",
        '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
        '{"code": "500", "details": "internal"}\n',
        "",
        "\n",
        "a,b\n1,2\n3\n",
        "a,b\n1,2\n3,4,5\n",
        'a,b\n1,"2\n3,4\n',
        'a,b\n1,"2"x\n',
        "a,b\n1,2\n\n3,4\n",
        "x,y\n1,2\n",
        "a,b\n1,2\r3,4\n",
        gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6],
        gzip.compress(b"a,b\n1,2\n", mtime=0) + b"garbage",
        "PK\x03\x04 not a table",
    ],
)
def test_what_is_no_result_is_refused_and_leaves_nothing(make, leftovers, text):
    with pytest.raises(ResultFormatError) as caught:
        make(text, columns=[metric("a"), metric("b")])
    assert caught.value.message.endswith(".")
    assert leftovers() == []


@pytest.mark.parametrize(
    "second", ["b,a\n3,4\n", "a\n3\n", "a,b,c\n3,4,5\n", "3,4\n", "", "<html>"]
)
def test_parts_that_do_not_belong_together_are_refused(make, leftovers, second):
    with pytest.raises(ResultFormatError):
        make("a,b\n1,2\n", second)
    assert leftovers() == []


def test_a_missing_part_is_refused(make, tmp_path):
    with pytest.raises(ResultFormatError, match="cannot be read"):
        ingest([tmp_path / "gone.csv"], None, tmp_path / "result.parquet")
    with pytest.raises(ResultFormatError, match="no file"):
        ingest([], None, tmp_path / "result.parquet")


def test_the_result_before_stays_when_the_next_is_refused(make, rows):
    make("a\n1\n", columns=[metric("a")])
    with pytest.raises(ResultFormatError):
        make("<html>", columns=[metric("a")])
    assert rows() == [(1,)]


def test_what_is_too_large_is_refused_early(make):
    small = Limits(bytes=1000, record=200, columns=10, ratio=50)
    with pytest.raises(ResultTooLargeError, match="1,000 bytes"):
        make("a\n" + "x\n" * 2000, limits=small)
    with pytest.raises(ResultFormatError, match="longer than 200 bytes"):
        make("a\n" + "x" * 900, limits=small)
    with pytest.raises(ResultFormatError, match="11 columns"):
        make(",".join("abcdefghijk") + "\n", limits=small)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked_whole(make, tmp_path):
    bomb = gzip.compress(b"a\n" + b"x\n" * 100_000_000, 9)  # 200 MB
    part = tmp_path / "bomb"
    part.write_bytes(bomb)
    with pytest.raises(ResultTooLargeError, match="times its size"):
        ingest([part], None, tmp_path / "result.parquet")


def test_names_are_made_safe_and_the_label_is_kept(make, rows):
    labels = ["a", "A", "", "a", "index", "file_row_number", "x\ny", "ü" * 300, "🎯", 'q"uote']
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(labels)
    report = make(header.getvalue() + ",".join("0123456789") + "\n")
    names = [c.name for c in report.columns]
    assert [c.label for c in report.columns] == labels
    assert names[:7] == ["a", "A_2", "column_3", "a_3", "index", "file_row_number_2", "x y"]
    assert len({name.lower() for name in names}) == 10
    assert rows() == [tuple(range(10))]


def test_two_thousand_columns_are_kept(make, rows):
    labels = [f"c {i % 1500}" for i in range(2000)]
    text = ",".join(labels) + "\n" + ",".join(str(i) for i in range(2000)) + "\n"
    described = [metric(label) if i < 40 else column(label) for i, label in enumerate(labels)]
    report = make(text, columns=described)
    assert len(report.columns) == 2000
    assert rows()[0] == (*range(40), *(str(i) for i in range(40, 2000)))


def test_bytes_that_are_no_text_are_shown_as_such_and_said(make, rows):
    report = make(b"a,b\nM\xfcller,1\nlone \xed\xa0\x80,2\n")
    assert [row[1] for row in rows()] == [1, 2]
    assert "\ufffd" in rows()[0][0]
    assert any("UTF-8" in sentence for sentence in report.warnings)


def test_a_megabyte_of_text_in_one_cell_is_kept(make, rows):
    long = "x, " * 350_000
    make(f'a,b\n"{long}",1\n', columns=[column("a"), metric("b")])
    assert rows() == [(long, 1)]


def test_the_file_tells_its_columns_by_itself(make, tmp_path):
    make("a\n1\n", columns=[metric("a")])
    kept = pq.read_metadata(tmp_path / "out" / "result.parquet").metadata[b"amc"]
    assert json.loads(kept)["columns"][0]["role"] == "METRIC"


def test_no_space_left_is_said_and_leaves_nothing(make, leftovers, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cleaning, "_copy", full)
    with pytest.raises(StorageFullError, match="No space left"):
        make("a\n1\n")
    assert leftovers() == []


@pytest.mark.parametrize(
    ("name", "is_id"),
    [
        ("campaign_id", True), ("campaign_id_string", True), ("line_item_id", True),
        ("tracked_asin", True), ("asin", True), ("postal_code", True), ("ID", True),
        ("paid", False), ("identity", False), ("impressions", False), ("avoid", False),
        ("valid_users", False), ("dma_code", True),
    ],
)  # fmt: skip
def test_ids_are_told_by_their_names(name, is_id):
    assert is_id_like(name) is is_id


def test_safe_names_are_unique_even_when_they_look_like_each_other():
    assert safe_names(["a", "a_2", "a"]) == ["a", "a_2", "a_3"]
    assert safe_names(["", "column_1"]) == ["column_1", "column_1_2"]


def as_amc_writes(values: list[str]) -> str:
    """Backslash-escaped quotes; quoted where needed: the writer that the reader must undo."""
    fields = []
    for value in values:
        if any(sign in value for sign in '",\n\r') or value.endswith("\\"):
            body = ""
            slashes = 0
            for sign in value:
                if sign == '"':
                    body += "\\" * (slashes + 1)
                slashes = slashes + 1 if sign == "\\" else 0
                body += sign
            fields.append('"' + body + "\\" * slashes + '"')
        else:
            fields.append(value)
    return ",".join(fields)


CELLS = st.text(alphabet=st.sampled_from('ab,"\\\n\r =🎯'), min_size=1, max_size=8)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), doubled=st.booleans())
def test_any_text_that_amc_or_a_plain_writer_writes_is_read_back(tmp_path, table, doubled):
    """AMC's form, or RFC 4180 where it holds no backslash that could be taken for AMC's."""
    if doubled:
        table = [tuple(cell.replace("\\", "/") for cell in row) for row in table]
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
        body = out.getvalue()
    else:
        body = "".join(as_amc_writes(list(row)) + "\n" for row in table)
    part, to = tmp_path / "part.csv", tmp_path / "result.parquet"
    part.write_bytes(("a,b\n" + body).encode())
    ingest([part], [column("a"), column("b")], to)
    assert pq.read_table(to).to_pydict() == {
        "a": [row[0] for row in table],
        "b": [row[1] for row in table],
    }


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet=st.sampled_from('a1,"\\\n\r<{ '), max_size=40))
def test_anything_is_either_read_or_refused(tmp_path, text):
    part, to = tmp_path / "part.csv", tmp_path / "result.parquet"
    part.write_bytes(text.encode())
    try:
        report = ingest([part], None, to)
    except ResultError:
        assert not to.exists()
    else:
        to.rename(to.with_suffix(".read"))
        to = to.with_suffix(".read")
        assert pq.read_metadata(to).num_rows == report.rows
