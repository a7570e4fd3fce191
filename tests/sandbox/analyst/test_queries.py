"""None of the queries may fail, and none may come back empty."""

import pytest

from tests.sandbox.analyst.conftest import QUERIES, Answer

NAMES = sorted(path.stem for path in QUERIES.glob("*.sql"))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_rows(answer: Answer, name: str) -> None:
    rows = answer(name)
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)


def test_there_are_many() -> None:
    assert len(NAMES) >= 60
