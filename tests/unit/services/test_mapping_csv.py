import pytest

from amc.errors import MappingError
from amc.services.mapping_csv import MappingRow, read, write

ROWS = [
    MappingRow(2, "dsp", "577301234567890123", 'Brand, “quoted” "x"', "Nova", ("a", "b")),
    MappingRow(3, "sponsored_products", "A0EXAMPLE00000000001", "=1+1", "NA", ()),
    MappingRow(4, "", "007", "Söhne – 50 %", "", ("null",)),
]


def test_what_is_written_reads_back_the_same() -> None:
    found = read("".join(write(ROWS)).encode())
    assert not found.bad
    assert found.rows == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_as_spreadsheets_write_them_are_understood(encoding: str, separator: str) -> None:
    text = f"Campaign ID{separator}Campaign\r\n007{separator}Söhne\r\n"
    found = read(text.encode(encoding))
    assert [(r.campaign_id, r.name) for r in found.rows] == [("007", "Söhne")]
    assert found.separator == separator


def test_the_sep_line_of_a_spreadsheet_names_the_separator() -> None:
    found = read(b"sep=;\r\ncampaign_id;name\r\n1;a,b\r\n2;\r\n")
    assert [(r.line, r.name) for r in found.rows] == [(3, "a,b")]
    assert [(b.line, b.reason) for b in found.bad] == [(4, "no name")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",x,,,", "no campaign id"),
        ("5.77301E+17,x,,,", "rounded number"),
        ("1 2,x,,,", "blanks"),
        ("1,,,,", "no name"),
        ("1,x,tv,,", "unknown ad product"),
        ("1,x,dsp,b,t,more", "more cells"),
        (f"1,{'x' * 501},,,", "longer than 500"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_are_kept(line: str, reason: str) -> None:
    found = read(f"campaign_id,name,ad_product,brand,tags\n9,good,,,\n{line}\n".encode())
    assert [r.campaign_id for r in found.rows] == ["9"]
    assert found.bad[0].line == 3
    assert reason in found.bad[0].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column"),
        (b"a,b\n1,2\n", "no column campaign_id"),
        (b"campaign_id,name,name\n", "twice"),
        (b"\x89PNG\x00\x01", "not a text"),
    ],
)
def test_what_is_no_mapping_file_is_refused_as_a_whole(content: bytes, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        read(content)
