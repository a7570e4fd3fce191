"""Exports over a fleet: many small results as one table, and what is wrong with one of them."""

import csv
from datetime import datetime, timedelta

import duckdb
import openpyxl
import pytest

from amc.errors import ResultFormatError, ResultTooLargeError
from amc.results import duck
from amc.results.export import Part, export
from amc.results.ingest import ingest
from amc.results.joining import CampaignName
from tests.unit.results.conftest import column, metric

FORMS = ("csv", "xlsx", "parquet", "html")
COLUMNS = [
    column("campaign_id", "LONG"), column("day", "DATE"),
    *(metric(f"m{i}", "LONG" if i % 2 else "DECIMAL") for i in range(12)),
]  # fmt: skip
ROWS = 20
MARCH = datetime.fromisoformat("2026-03-01")


def stored(folder, name, columns, lines):
    raw = folder / f"{name}.csv"
    header = ",".join(c["name"] for c in columns)
    raw.write_text("\n".join([header, *lines]) + "\n")
    ingest([raw], columns, folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def part(folder, name, columns, *lines):
    return Part(stored(folder, name, columns, lines), {"instance_id": name})


def campaign(number, row):
    return str(10**17 + number * 1000 + row)


def small(folder, number):
    return stored(
        folder,
        f"small{number}",
        COLUMNS,
        [
            f"{campaign(number, row)},2026-03-{row + 1:02},"
            + ",".join(f"{row * k}.2{number % 10}" if k % 2 == 0 else str(row) for k in range(12))
            for row in range(ROWS)
        ],
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    return [small(folder, number) for number in range(58)]


@pytest.fixture(scope="module")
def names():
    return {
        campaign(n, row): CampaignName(f"=Campaign {n}/{row}", "Nova")
        for n in range(58)
        for row in range(ROWS)
    }


def read_sheet(path):
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book["Result"].iter_rows(values_only=True))
    book.close()
    return rows


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_the_workbook_of_58_instances_reads_back_row_by_row(files, names, tmp_path):
    parts = [Part(f, {"instance_id": f"amc{n:03}"}) for n, f in enumerate(files)]
    done = export(parts, tmp_path / "fleet.xlsx", "xlsx", names=names)
    head, *rows = read_sheet(done.path)
    assert head[:5] == (
        "instance_id", "campaign_id", "campaign_id_name", "campaign_id_brand", "day"
    )  # fmt: skip
    assert done.rows == len(rows) == 58 * ROWS
    expected = [
        (f"amc{n:03}", campaign(n, row), f"=Campaign {n}/{row}", "Nova",
         MARCH + timedelta(days=row), float(f"0.2{n % 10}"))
        for n in range(58)
        for row in range(ROWS)
    ]  # fmt: skip
    assert [row[:6] for row in rows] == expected
    assert all(isinstance(row[1], str) for row in rows)


@pytest.mark.parametrize("form", FORMS)
def test_a_thousand_small_results_become_one_file(files, names, tmp_path, form):
    parts = [Part(files[n % 58], {"instance_id": f"amc{n:04}"}) for n in range(1000)]
    done = export(parts, tmp_path / f"fleet.{form}", form, names=names)
    assert done.rows == 1000 * ROWS
    if form == "csv":
        rows = read_csv(done.path)[1:]
        assert [r[0] for r in rows] == [f"amc{n:04}" for n in range(1000) for _ in range(ROWS)]
        assert [r[1] for r in rows[-ROWS:]] == [campaign(999 % 58, row) for row in range(ROWS)]
    elif form == "parquet":
        query = f"SELECT count(*), count(DISTINCT instance_id) FROM '{done.path}'"
        assert duckdb.sql(query).fetchall() == [(1000 * ROWS, 1000)]
    elif form == "html":
        assert done.bytes < 10_000_000  # a browser opens it at once
        assert done.notices
    else:
        assert read_sheet(done.path)[-1][:2] == ("amc0999", campaign(999 % 58, ROWS - 1))


def test_a_column_that_one_instance_lacks_is_blank_there(tmp_path):
    parts = [
        part(tmp_path, "one", [column("name"), metric("users")], "a,1"),
        part(tmp_path, "two", [column("name"), metric("spend", "DECIMAL")], "b,2.5"),
        part(tmp_path, "three", [metric("Users"), column("name")], "3,c"),  # letter case aside
    ]
    assert read_csv(export(parts, tmp_path / "o.csv", "csv").path) == [
        ["instance_id", "name", "users", "spend"],
        ["one", "a", "1", ""],
        ["two", "b", "", "2.5"],
        ["three", "c", "3", ""],
    ]


def test_types_that_differ_are_brought_together_without_loss(tmp_path):
    def of(name, kinds, line):
        columns = [column(f"c{i}", kind) for i, kind in enumerate(kinds)]
        return part(tmp_path, name, columns, line)

    parts = [
        of("one", ["LONG", "DATE", "BOOLEAN", "DECIMAL", "STRING"], "1,2026-01-02,true,1.25,"),
        of("two", ["DECIMAL", "TIMESTAMP", "LONG", "DECIMAL", "LONG"],
           "0.5,2026-01-02T10:00:00.000Z,1,123456789.1,7"),
    ]  # fmt: skip
    done = export(parts, tmp_path / "o.parquet", "parquet")
    found = duckdb.sql(f"SELECT c0, c1, c2, c3, c4 FROM '{done.path}'")
    assert [str(t) for t in found.types] == [
        "DOUBLE", "VARCHAR", "VARCHAR", "DECIMAL(11,2)", "BIGINT",
    ]  # fmt: skip
    (one, two) = found.fetchall()
    assert one[:3] == (1.0, "2026-01-02", "true")
    assert one[4] is None  # a column without a value settles no type
    assert two[0] == 0.5
    assert two[2] == "1"
    assert (str(one[3]), str(two[3])) == ("1.25", "123456789.10")


def test_decimals_too_wide_for_one_type_become_numbers_instead_of_an_error(tmp_path):
    parts = [
        part(tmp_path, "one", [metric("n", "DECIMAL")], "9" * 30 + ".5"),
        part(tmp_path, "two", [metric("n", "DECIMAL")], "0." + "1" * 30),
    ]
    rows = read_csv(export(parts, tmp_path / "o.csv", "csv").path)
    assert [float(r[1]) for r in rows[1:]] == [1e30, float("0." + "1" * 30)]


def test_an_instance_column_of_the_result_itself_is_kept_beside_ours(tmp_path):
    columns = [column("instance_id"), metric("n")]
    parts = [part(tmp_path, name, columns, f"own-{name},1") for name in ("one", "two")]
    assert read_csv(export(parts, tmp_path / "o.csv", "csv").path) == [
        ["instance_id", "instance_id", "n"],
        ["one", "own-one", "1"],
        ["two", "own-two", "1"],
    ]


def test_more_names_than_rows_leave_the_rows_in_their_order(tmp_path):
    lines = [f"{(i * 7919) % 100_000},{i}" for i in range(3000)]
    parts = [
        part(tmp_path, n, [column("campaign_id", "LONG"), metric("n")], *lines) for n in ("a", "b")
    ]
    names = {str(i): CampaignName(f"C{i}") for i in range(100_000)}
    rows = read_csv(export(parts, tmp_path / "o.csv", "csv", names=names).path)[1:]
    assert [int(r[4]) for r in rows] == [*range(3000), *range(3000)]
    assert all(r[2] == f"C{r[1]}" for r in rows)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_result_is_named_and_no_half_file_is_left(files, tmp_path, form):
    broken = bytearray(files[7].read_bytes())
    for place in range(30, 400):
        broken[place] ^= 0x5A
    (tmp_path / "bad.parquet").write_bytes(broken)
    parts = [Part(f, {"instance_id": f"amc{n}"}) for n, f in enumerate(files)]
    parts[7] = Part(tmp_path / "bad.parquet", {"instance_id": "amc7"})
    out = tmp_path / "exports" / f"o.{form}"
    with pytest.raises(ResultFormatError, match=r"^amc7: the stored file .* damaged") as caught:
        export(parts, out, form)
    assert "Nothing was written" in caught.value.hint
    assert str(tmp_path) not in str(caught.value)
    assert not list(out.parent.iterdir())


def test_a_damage_found_in_the_middle_of_a_workbook_is_an_error_of_ours(
    files, tmp_path, monkeypatch
):
    broken = bytearray(files[7].read_bytes())
    for place in range(30, 400):
        broken[place] ^= 0x5A
    (tmp_path / "bad.parquet").write_bytes(broken)
    monkeypatch.setattr("amc.results.excel._what_stays_text", lambda _table: (set(), []))
    parts = [Part(p, {"instance_id": p.stem}) for p in (files[0], tmp_path / "bad.parquet")]
    with pytest.raises(ResultFormatError, match=r"^bad: the stored file"):
        export(parts, tmp_path / "exports" / "o.xlsx", "xlsx")
    assert not list((tmp_path / "exports").iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_too_little_memory_is_an_error_that_says_what_to_do(tmp_path, monkeypatch, form):
    long = [f"é{i}" * 1000 for i in range(3000)]
    parts = [part(tmp_path, n, [column("a")], *long) for n in ("one", "two")]
    monkeypatch.setattr(duck, "MEMORY_MB", 1)
    out = tmp_path / "exports" / f"o.{form}"
    with pytest.raises(ResultTooLargeError, match="these 2 results needs more memory") as caught:
        export(parts, out, form)
    assert "Nothing was written" in caught.value.hint
    assert not list(out.parent.iterdir())
