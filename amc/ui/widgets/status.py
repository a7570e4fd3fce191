"""States by word, sign and colour, the same on every page."""

from typing import NamedTuple

from amc.ui.text import esc_md


class Look(NamedTuple):
    """How a state is shown."""

    word: str
    sign: str
    colour: str
    icon: str


STATES: dict[str, Look] = {
    "QUEUED": Look("Queued", "◌", "gray", ":material/hourglass_empty:"),
    "SUBMITTING": Look("Sending", "◔", "blue", ":material/upload:"),
    "PENDING": Look("Pending at Amazon", "◔", "blue", ":material/schedule:"),
    "RUNNING": Look("Running", "◑", "blue", ":material/play_circle:"),
    "PUBLISHING": Look("Publishing", "◕", "blue", ":material/publish:"),
    "DOWNLOADING": Look("Downloading", "◕", "blue", ":material/download:"),
    "INGESTING": Look("Storing", "◕", "blue", ":material/database:"),
    "READY": Look("Ready", "●", "green", ":material/check_circle:"),
    "FAILED": Look("Failed", "✕", "red", ":material/error:"),
    "REJECTED": Look("Rejected", "⊘", "red", ":material/block:"),
    "CANCELLED": Look("Cancelled", "■", "gray", ":material/cancel:"),
}
LIVE = ("QUEUED", "SUBMITTING", "PENDING", "RUNNING", "PUBLISHING", "DOWNLOADING", "INGESTING")

VERDICTS: dict[str, Look] = {
    "ran": Look("Ran", "●", "green", ":material/check_circle:"),
    "caught_up": Look("Caught up", "◕", "green", ":material/history:"),
    "coalesced": Look("Coalesced", "◌", "gray", ":material/merge:"),
    "skipped": Look("Skipped", "◌", "gray", ":material/skip_next:"),
    "overlap_skipped": Look("Overlap skipped", "◌", "orange", ":material/skip_next:"),
    "window_expired": Look("Too late", "◌", "orange", ":material/timer_off:"),
    "paused": Look("Paused", "■", "gray", ":material/pause_circle:"),
    "failed": Look("Failed", "✕", "red", ":material/error:"),
}


def look(state: str) -> Look:
    """The look of a state; an unknown one is shown as it is."""
    return STATES.get(state, Look(state, "?", "gray", ":material/help:"))


def plain(state: str) -> str:
    """Sign and word, for tables."""
    found = look(state)
    return f"{found.sign} {found.word}"


def badge(state: str) -> str:
    """A coloured badge in Markdown."""
    found = look(state)
    return f":{found.colour}-badge[{found.icon} {esc_md(found.word)}]"


def verdict(word: str) -> str:
    """Sign and word of a slot's verdict, for tables."""
    found = VERDICTS.get(word, Look(word, "?", "gray", ""))
    return f"{found.sign} {found.word}"
