"""`mappings export` and back: harmless in a spreadsheet unless `--raw`, and the same names."""

import csv
import io
import logging
from pathlib import Path

import pytest

from amc.cli.main import main
from amc.container import build_services
from amc.formula import STARTS
from amc.settings import load_settings

NAMES = {"1": "=1+1", "2": "'=2", "3": '@SUM("a",b)', "4": "Söhne", "-5": "－5 %"}


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.chdir(tmp_path)
    services = build_services(load_settings())
    for key, name in NAMES.items():
        services.mappings.save("ann", ad_product="", campaign_id=key, name=name, brand="+Nova")
    services.close()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level

    def run(*words: str) -> str:
        capsys.readouterr()
        assert main(list(words)) == 0
        return capsys.readouterr().out

    yield run
    root.handlers[:] = before
    root.setLevel(level)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_no_cell_of_the_export_is_run_by_a_spreadsheet(shell) -> None:
    shell("mappings", "export", "--out", "out.csv")
    for text in (shell("mappings", "export"), Path("out.csv").read_text(encoding="utf-8")):
        cells = [cell for row in rows(text) for cell in row if cell]
        assert not [cell for cell in cells if cell[0] in STARTS]


def test_an_import_of_it_changes_nothing(shell) -> None:
    shell("mappings", "export", "--out", "out.csv")
    said = shell("mappings", "import", "out.csv", "--look")
    assert said.startswith(f"0 new and 0 changed would be saved, {len(NAMES)} as they were")


def test_raw_gives_the_exact_names(shell) -> None:
    shell("mappings", "export", "--raw", "--out", "raw.csv")
    for text in (
        shell("mappings", "export", "--raw"),
        Path("raw.csv").read_bytes().decode(),
    ):
        assert {row[1]: row[2] for row in rows(text)[1:]} == NAMES
