"""The arithmetic of the rate budget: when the next request may leave. Pure; times in seconds.

Two rules together. A place is used again only a whole window after the request that had it can
have reached Amazon: that keeps a strict sliding limit on a machine that wakes sleepers late, and
cheaply, for a late request holds back the one that comes `places` after it and not all that
follow it. And requests are spaced (GCRA: `tat` is the next place by spacing alone), nearly as
wide as the limit allows, so that there are no bursts and a stall is caught up with slowly.
"""

import json
from dataclasses import dataclass, replace

# Requests follow each other by at least so much of an even spacing.
SPACING = 0.9
# A request arrives at most so long after its place, as far as is known before its answer.
UNANSWERED_S = 0.06
# What is lost on the way that nobody can see: 5 ms at ten a second.
WINDOW = 1.005
_SAME = 1e-4
# More places than this would only make the row long; the window shrinks with them.
_MOST_PLACES = 20


def places_for(per_second: float) -> int:
    """How many places a window has."""
    return int(min(max(per_second, 1.0), _MOST_PLACES))


@dataclass(frozen=True, slots=True)
class Pace:
    """What a row holds.

    Attributes:
        tat: the next place by spacing alone.
        step_s: an even spacing; grows after 429s.
        recent: for each place, until when the request that had it may have been on its way.
    """

    tat: float
    step_s: float
    recent: tuple[float, ...]

    @property
    def slot(self) -> int:
        """The place that is free first."""
        return min(range(len(self.recent)), key=self.recent.__getitem__)

    def next_at(self, now: float) -> float:
        """When the next request may leave."""
        window = self.step_s * len(self.recent) * WINDOW
        return max(now, self.tat, self.recent[self.slot] + window)

    def taken(self, at: float) -> "Pace":
        """After the next place, at `at`, was taken."""
        spaced = replace(self, tat=at + self.step_s * SPACING)
        return spaced.holding(self.slot, at + UNANSWERED_S)

    def reached(self, slot: int, taken_at: float, after_s: float) -> "Pace":
        """After the request whose place was at `taken_at` is known to arrive `after_s` later."""
        mine = slot < len(self.recent) and abs(self.recent[slot] - taken_at - UNANSWERED_S) < _SAME
        return self.holding(slot, taken_at + after_s) if mine else self

    def holding(self, slot: int, until: float) -> "Pace":
        """With another end of a place."""
        recent = (*self.recent[:slot], until, *self.recent[slot + 1 :])
        return replace(self, recent=recent)


def read_recent(stored: str, places: int) -> tuple[float, ...]:
    """The places of a row; all free where it holds others (a setting was changed, an old row)."""
    try:
        found = tuple(float(at) for at in json.loads(stored))
    except (ValueError, TypeError):
        found = ()
    # Those used last stay used when the number changes.
    kept = sorted(found)[-places:]
    return found if len(found) == places else (*([0.0] * (places - len(kept))), *kept)


def write_recent(recent: tuple[float, ...]) -> str:
    """The places as they are kept."""
    return json.dumps([round(at, 6) for at in recent])
