"""Writes `catalog.json` from the YAML files: `python -m amc.sql.catalog`."""

import json
from pathlib import Path

from amc.sql.catalog import read_yaml

if __name__ == "__main__":
    text = json.dumps(read_yaml(), ensure_ascii=False, separators=(",", ":"))
    Path(__file__).with_name("catalog.json").write_text(text + "\n", encoding="utf-8")
