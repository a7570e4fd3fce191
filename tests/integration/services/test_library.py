"""Saved queries: versions, names, the trail."""

import pytest

from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.errors import MissingError, UsageError
from amc.services.audit import AuditService
from amc.services.library import LibraryService


@pytest.fixture
def library(database: Database, clock: FrozenClock) -> LibraryService:
    return LibraryService(database, clock, AuditService(database, clock))


def test_a_name_saved_again_makes_the_next_version_and_keeps_the_old(
    library: LibraryService,
) -> None:
    first = library.save("ann", " Reach   by month ", "SELECT 1", {"a": "1"})
    assert (first.name, first.version, first.saved_by) == ("Reach by month", 1, "ann")
    second = library.save("bo", "Reach by month", "SELECT 2")
    assert (second.id, second.version, second.saved_by) == (first.id, 2, "bo")
    texts = library.versions(first.id)
    assert [(t.version, t.sql, t.parameters, t.saved_by) for t in texts] == [
        (2, "SELECT 2", {}, "bo"),
        (1, "SELECT 1", {"a": "1"}, "ann"),
    ]
    assert library.all() == [second]


def test_the_same_text_makes_no_version(library: LibraryService) -> None:
    first = library.save("ann", "Reach", "SELECT 1")
    assert library.save("bo", "Reach", "SELECT 1") == first
    assert len(library.versions(first.id)) == 1


def test_an_archived_query_comes_back_under_its_name_with_its_versions(
    library: LibraryService,
) -> None:
    first = library.save("ann", "Reach", "SELECT 1")
    library.archive("ann", first.id)
    assert library.all() == []
    again = library.save("ann", "Reach", "SELECT 1")
    assert (again.id, again.version) == (first.id, 2)
    assert library.all() == [again]


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("", "SELECT 1"),
        ("  ", "SELECT 1"),
        ("x" * 201, "SELECT 1"),
        ("a\x07", "SELECT 1"),
        ("Reach", " \n"),
        ("Reach", "x" * 262_145),
    ],
)
def test_what_cannot_be_saved_is_refused(library: LibraryService, name: str, sql: str) -> None:
    with pytest.raises(UsageError):
        library.save("ann", name, sql)
    assert library.all() == []


def test_a_query_that_is_not_there_is_named(library: LibraryService) -> None:
    with pytest.raises(MissingError, match="wf_none"):
        library.versions("wf_none")
    with pytest.raises(MissingError, match="wf_none"):
        library.archive("ann", "wf_none")


def test_the_trail_tells_of_it(library: LibraryService, database: Database) -> None:
    kept = library.save("ann", "Reach", "SELECT 1")
    library.archive("bo", kept.id)
    rows = AuditService(database, FrozenClock(kept.saved_at)).latest()
    told = [(r.actor, r.action, r.object_id) for r in rows]
    assert told == [("bo", "workflow.archive", kept.id), ("ann", "workflow.save", kept.id)]
