"""Drafts: kept, restored, never written over, one's own."""

from datetime import timedelta

import pytest

from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.db.people import User
from amc.errors import MissingError
from amc.services.drafts import MOST, DraftsService


@pytest.fixture
def drafts(database: Database, clock: FrozenClock) -> DraftsService:
    with database.write() as session:
        for name in ("ann", "bo"):
            session.add(
                User(
                    public_id=f"us_{name}", name=name, password_hash="x", role="analyst",
                    grants=None, created_at=clock.now(), password_at=clock.now(),
                )
            )  # fmt: skip
    return DraftsService(database, clock)


def test_a_draft_is_continued_by_who_saw_its_last_version(drafts: DraftsService) -> None:
    first = drafts.save("ann", "SELECT 1", {"a": "1"})
    second = drafts.save("ann", "SELECT 2", {}, draft_id=first.id, version=first.version)
    assert (second.id, second.version) == (first.id, first.version + 1)
    assert drafts.latest("ann") == second
    assert drafts.find("ann", first.id) == second
    assert len(drafts.all("ann")) == 1


def test_what_comes_late_becomes_a_draft_of_its_own(
    drafts: DraftsService, clock: FrozenClock
) -> None:
    first = drafts.save("ann", "SELECT 1", {})
    clock.advance(timedelta(seconds=1))
    newer = drafts.save("ann", "SELECT 2", {}, draft_id=first.id, version=first.version)
    clock.advance(timedelta(seconds=1))
    late = drafts.save("ann", "SELECT 3", {}, draft_id=first.id, version=first.version)
    assert late.id != newer.id
    assert [d.sql for d in drafts.all("ann")] == ["SELECT 3", "SELECT 2"]


def test_the_same_text_again_changes_nothing(drafts: DraftsService) -> None:
    first = drafts.save("ann", "SELECT 1", {})
    assert drafts.save("ann", "SELECT 1", {}, draft_id=first.id, version=0) == first
    assert drafts.all("ann") == [first]


def test_nobody_reaches_the_drafts_of_another(drafts: DraftsService) -> None:
    mine = drafts.save("ann", "SELECT secret", {})
    assert drafts.all("bo") == []
    assert drafts.latest("bo") is None
    assert drafts.find("bo", mine.id) is None
    drafts.remove("bo", mine.id)
    taken = drafts.save("bo", "SELECT 2", {}, draft_id=mine.id, version=mine.version)
    assert taken.id != mine.id
    assert drafts.find("ann", mine.id) == mine


def test_the_oldest_go_when_there_are_too_many(drafts: DraftsService, clock: FrozenClock) -> None:
    for number in range(MOST + 3):
        clock.advance(timedelta(seconds=1))
        drafts.save("ann", f"SELECT {number}", {})
    drafts.save("bo", "SELECT 1", {})
    kept = drafts.all("ann", 1000)
    assert len(kept) == MOST
    assert kept[0].sql == f"SELECT {MOST + 2}"
    assert kept[-1].sql == "SELECT 3"
    assert len(drafts.all("bo")) == 1


def test_a_removed_draft_is_gone_and_a_user_who_is_gone_is_named(drafts: DraftsService) -> None:
    found = drafts.save("ann", "SELECT 1", {})
    drafts.remove("ann", found.id)
    drafts.remove("ann", found.id)
    assert drafts.all("ann") == []
    with pytest.raises(MissingError, match="'nobody'"):
        drafts.save("nobody", "SELECT 1", {})


def test_what_no_database_keeps_is_replaced(drafts: DraftsService) -> None:
    found = drafts.save("ann", "SELECT '\x00\ud800'", {"a": "\x00"})
    assert found.sql == "SELECT '\ufffd?'"
    assert found.parameters == {"a": "\ufffd"}
    assert drafts.find("ann", found.id) == found


@pytest.mark.parametrize(
    ("sql", "title"),
    [
        ("\n-- reach of spring\nSELECT 1", "reach of spring"),
        ("/* a */\nSELECT 1", "a */"),
        ("SELECT " + "x" * 100, "SELECT " + "x" * 72 + "…"),
        ("  \n", ""),
    ],
)
def test_its_title_is_its_first_line(drafts: DraftsService, sql: str, title: str) -> None:
    assert drafts.save("ann", sql, {}).title == title
