"""One list of names at Amazon: which there are, how one is asked for, how its outcome is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.api.name_pages import PROFILE_LISTS
from amc.db.mapping_models import NamePart
from amc.db.repos import names as repo

PROFILES = "profiles"
ADVERTISERS = "dsp_advertisers"
DSP = "dsp"
TELEVISION = "sponsored_television"
PRODUCTS = "products"
SELLING = (*PROFILE_LISTS, TELEVISION, PRODUCTS)

FRESH_FOR = timedelta(days=1)
LEASE = timedelta(seconds=90)
MOST_ATTEMPTS = 6
MOST_BACKOFF_S = 300.0
KEY_WAIT_S = 60.0
WORDS = {
    PROFILES: "Profiles",
    ADVERTISERS: "DSP advertisers",
    DSP: "DSP campaigns",
    TELEVISION: "Sponsored TV campaigns",
    PRODUCTS: "Products",
    "sponsored_products": "Sponsored Products campaigns",
    "sponsored_brands": "Sponsored Brands campaigns",
    "sponsored_display": "Sponsored Display campaigns",
}


@dataclass(frozen=True, slots=True)
class PartView:
    """One list of names and how far it was read.

    Attributes:
        what: such as `Sponsored Brands campaigns`.
        label: whose, such as the name of the advertiser.
        state: WAITING, READING, DONE or FAILED.
        names: how many were read.
        changed: how many of them were new or different.
        reason: why it failed, or is tried again.
    """

    what: str
    label: str
    profile_id: str
    state: str
    names: int
    changed: int
    reason: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamesProgress:
    """How far the last fetching of names is."""

    parts: int
    done: int
    failed: int
    names: int
    changed: int
    requested_at: datetime | None
    problems: list[PartView]

    @property
    def running(self) -> bool:
        """Whether something is still to be read."""
        return self.done + self.failed < self.parts

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return (self.done + self.failed) / self.parts if self.parts else 0.0

    @property
    def words(self) -> str:
        """Where it stands, in one sentence."""
        if not self.parts:
            return "Names were never fetched."
        lists = f"{self.done + self.failed:,} of {self.parts:,} lists read"
        found = f"{self.names:,} names, {self.changed:,} new or changed"
        return f"{lists}: {found}" + (f"; {self.failed:,} lists failed." if self.failed else ".")


def part_view(row: NamePart) -> PartView:
    """The view of a row."""
    return PartView(
        WORDS.get(row.kind, row.kind),
        row.label,
        row.profile_id,
        row.state,
        row.names,
        row.changed,
        row.reason,
        row.finished_at,
    )


def ask_for(
    session: Session,
    now: datetime,
    connection: int,
    kind: str,
    *,
    profile_id: str = "",
    advertiser_id: str = "",
    label: str = "",
    force: bool = False,
) -> bool:
    """Have a list read: one that was read within a day is left alone unless `force`.

    One that was broken off goes on where it stopped. Gives whether it is to be read.
    """
    row = repo.part(session, connection, profile_id, advertiser_id, kind)
    if row is None:
        row = NamePart(
            connection_id=connection,
            profile_id=profile_id,
            advertiser_id=advertiser_id,
            kind=kind,
            label="",
            state="DONE",
            cursor="",
            seen=[],
            requested_at=now,
        )
        session.add(row)
    row.label = label or row.label
    fresh = row.finished_at is not None and now - row.finished_at < FRESH_FOR
    if row.state in repo.OPEN or (row.state == "DONE" and fresh and not force):
        return row.state in repo.OPEN
    if row.state == "DONE":
        start_over(row)
    row.state, row.reason, row.attempts, row.leased_until = "WAITING", "", 0, None
    row.requested_at = now
    return True


def start_over(row: NamePart) -> None:
    """Read the list from its beginning."""
    row.cursor, row.seen, row.names, row.changed = "", [], 0, 0


def waits(row: NamePart, now: datetime, reason: str) -> None:
    """No login can be used without the encryption key: the list waits, and no try is counted."""
    row.reason = reason
    row.state, row.leased_until = "WAITING", now + timedelta(seconds=KEY_WAIT_S)


def failed(row: NamePart, now: datetime, reason: str, *, transient: bool) -> None:
    """Keep why a page could not be read: try again later, or give the list up."""
    row.attempts += 1
    row.reason = reason
    if row.attempts < MOST_ATTEMPTS and (transient or row.cursor):
        if not transient:
            start_over(row)  # Amazon's tokens grow old
        wait_s = min(MOST_BACKOFF_S, 2.0**row.attempts)
        row.state, row.leased_until = "WAITING", now + timedelta(seconds=wait_s)
    else:
        row.state, row.leased_until, row.finished_at = "FAILED", None, now
