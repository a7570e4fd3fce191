"""`python -m amc.sql.rules`: write the page about the rules."""

from pathlib import Path

from amc.sql.rules.page import rules_page

if __name__ == "__main__":
    page = Path(__file__).parents[3] / "docs" / "reference" / "sql-rules.md"
    page.write_text(rules_page(), encoding="utf-8")
