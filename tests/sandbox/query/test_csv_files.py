"""The file that AMC writes: header, quoting, values of every type, parts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from amc.sandbox.query.csvfile import CsvParts, OutputFormat, text_of
from tests.sandbox.query.conftest import Run


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("plain", "plain"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (6.9, "6.9"),
        (431.27, "431.27"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("12.3400"), "12.3400"),
        (Decimal("1E+3"), "1000"),
        (datetime(2022, 10, 25, 22, 11, tzinfo=UTC), "2022-10-25T22:11:00.000Z"),
        (datetime(2022, 10, 25, 22, 11, 5, 123456, tzinfo=UTC), "2022-10-25T22:11:05.123Z"),
        (date(2023, 1, 25), "2023-01-25"),
        (["a", "b"], "[a, b]"),
        ([], "[]"),
        (["a", None, "c"], "[a, , c]"),
        ([{"order": 1, "campaign": "SP"}, {"order": 2, "campaign": "DSP"}], "[[1, SP], [2, DSP]]"),
        ({"a": date(2023, 1, 25), "b": True}, "[2023-01-25, true]"),
    ],
)
def test_values_print_as_amc_prints_them(value: object, text: str | None) -> None:
    assert text_of(value) == text


def written(tmp_path: Path, *cells: str | None, form: OutputFormat | None = None) -> str:
    with CsvParts(tmp_path, ["h"], form or OutputFormat()) as parts:
        parts.write([cells])
    return parts.paths[0].read_text(encoding="utf-8").split("\n", 1)[1]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        (None, "\n"),
        ("", '""\n'),
        ("plain text", "plain text\n"),
        ('Spring, "US" sale', '"Spring, \\"US\\" sale"\n'),
        ("two\nlines", '"two\nlines"\n'),
        ("a\\b", "a\\b\n"),
        # A backslash in front of a quote is doubled, lest it swallow it; so is one at the end.
        ('a\\"b', '"a\\\\\\"b"\n'),
        ("a,b\\", '"a,b\\\\"\n'),
        ("=1+1", "=1+1\n"),
        ("Zoë €", "Zoë €\n"),
    ],
)
def test_cells_are_quoted_only_where_needed(tmp_path: Path, cell: str | None, line: str) -> None:
    assert written(tmp_path, cell) == line


def test_the_characters_of_the_output_format_are_obeyed(tmp_path: Path) -> None:
    form = OutputFormat.of(
        {"separatorCharacter": ";", "quoteCharacter": "'", "escapeCharacter": "^"}
    )
    assert written(tmp_path, "a;b", "it's", "a,b", form=form) == "'a;b';'it^'s';a,b\n"


def test_parts_repeat_the_header(tmp_path: Path) -> None:
    with CsvParts(tmp_path, ["n"], OutputFormat(), rows_per_part=2) as parts:
        parts.write([(1,), (2,), (3,)])
        parts.write([(4,), (5,)])
    assert [path.read_text() for path in parts.paths] == ["n\n1\n2\n", "n\n3\n4\n", "n\n5\n"]
    assert parts.rows == 5
    assert parts.bytes == 6 + 6 + 4


def test_there_are_at_most_five_parts(tmp_path: Path) -> None:
    with CsvParts(tmp_path, ["n"], OutputFormat(), rows_per_part=1) as parts:
        parts.write([(n,) for n in range(8)])
    assert len(parts.paths) == 5
    assert parts.paths[4].read_text() == "n\n4\n5\n6\n7\n"


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), CsvParts(tmp_path, ["n"], OutputFormat()) as parts:
        parts.write([(1,)])
        parts.write([(1 / 0,)])
    assert list(tmp_path.iterdir()) == []


def test_a_query_writes_every_type(run: Run) -> None:
    ran = run(
        """
        WITH v (Id, txt) AS (VALUES (1, 'a, "b"'), (2, NULL))
        SELECT Id, txt AS Txt, CAST('2024-02-29' AS DATE) AS D,
          CAST('2022-10-25 22:11:00' AS TIMESTAMP) AS ts, id = 1 AS flag,
          ARRAY['x', 'y'] AS arr, NAMED_ROW('n', Id, 't', 'z') AS st, 1 / 4 AS quarter,
          CAST(2.5 AS DECIMAL(6, 3)) AS dec, 1 / 0 AS nothing
        FROM v
        """
    )
    header, *lines = ran.text.splitlines()
    assert header == "id,txt,d,ts,flag,arr,st,quarter,dec,nothing"
    same = '2024-02-29,2022-10-25T22:11:00.000Z,{},"[x, y]","[{}, z]",0.25,2.500,'
    assert set(lines) == {
        '1,"a, \\"b\\"",' + same.format("true", 1),
        "2,," + same.format("false", 2),
    }


def test_an_empty_result_is_the_header_alone(run: Run) -> None:
    ran = run("SELECT campaign, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY 1")
    assert ran.text == "campaign,clicks\n"
    assert ran.outcome.rows == 0


def test_a_run_splits_its_rows_over_parts(run: Run) -> None:
    rows = ", ".join(f"({n})" for n in range(10))
    ran = run(f"WITH v (n) AS (VALUES {rows}) SELECT n FROM v", max_rows_per_part=4)
    sizes = [len(path.read_text().splitlines()) - 1 for path in ran.outcome.parts]
    assert sizes == [4, 4, 2]
    assert ran.outcome.rows == 10
