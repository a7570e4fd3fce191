"""How long requests are on their way before Amazon counts them."""

# The rest of a slow answer is Amazon's own work.
_LONGEST_S = 0.3
# The quickest answer of late may grow by a millisecond an answer.
_FORGETTING_S = 0.001


class Way:
    """Estimates it from the time of whole answers, for one process.

    What all answers have in common (distance, usual work) delays every request alike and keeps
    their order and distance; only what a request took longer than the quickest of late can have
    brought it closer to the next. Not thread-exact: an estimate loses nothing by a lost update.
    """

    def __init__(self) -> None:
        """Nothing is known yet: the first answer is taken whole."""
        self._quickest_s = 0.0

    def taken_by(self, answer_s: float) -> float:
        """How late a request may have arrived whose answer took so many seconds."""
        extra = max(0.0, answer_s - self._quickest_s)
        self._quickest_s = min(answer_s, self._quickest_s + _FORGETTING_S)
        return min(extra, _LONGEST_S)
