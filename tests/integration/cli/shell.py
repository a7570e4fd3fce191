"""Commands run in this process, and what they left behind."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from amc.cli.main import main
from tests.worlds import World

INSTANCE = "amchnfozgta"
ON = ("--instance", INSTANCE)
WINDOW = ("--start", "2026-09-01", "--end", "2026-10-01")
GOOD = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
WITH_VALUE = (
    "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions "
    "WHERE campaign = CUSTOM_PARAMETER('c') AND campaign IN ({{ names }}) GROUP BY 1"
)
DEEP = f"SELECT {'(' * 3000}1{')' * 3000} AS x FROM dsp_impressions"

FILES: dict[str, bytes] = {
    "good.sql": GOOD.encode(),
    "value.sql": WITH_VALUE.encode(),
    "deep.sql": DEEP.encode(),
    "empty.sql": b"",
    "blank.sql": b" \n\t\n",
    "comment.sql": b"-- nothing\n",
    "binary.sql": b"\x00\xff\xfe\x00",
    "nul.sql": b"SELECT 'a\x00b' AS x, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    "column.sql": GOOD.replace("campaign", "campain").encode(),
    "broken.sql": b"SELECT campaign FROM",
    "two.sql": f"{GOOD}; DROP TABLE dsp_impressions".encode(),
    "latin.sql": GOOD.replace("campaign,", "campaign, 'Köln' AS k,").encode("latin-1"),
    "picture.csv": b"\x89PNG\r\n\x00\x00",
    "nothing.csv": b"",
    "headless.csv": b"1,2\n3,4\n",
    "nobackup.db": b"not a database at all, but long enough to be read as the head of one....",
}


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in this process, over the data of a world."""

    def __init__(
        self,
        world: World,
        folder: Path,
        patch: pytest.MonkeyPatch,
        capture: pytest.CaptureFixture[str],
    ) -> None:
        self.folder, self._capture, self._patch = folder, capture, patch
        for name, value in world.environment.items():
            if name.startswith(("AMC_", "DATABASE_URL")):
                patch.setenv(name, value)
        patch.chdir(folder)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)

    def __call__(self, *words: str, stdin: str = "") -> Said:
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capture.readouterr()
        code = main(words)
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        said = self(*words, "--json")
        assert said.code == code, said
        found: dict[str, Any] = json.loads(said.out)
        return found
