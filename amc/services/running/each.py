"""One thing after another: what goes wrong with one never keeps the others from their turn."""

from collections.abc import Callable, Iterable

from amc.errors import AmcError
from amc.log import get_logger

log = get_logger(__name__)


def each(keys: Iterable[int], work: Callable[[int], int], *, action: str) -> int:
    """Do the work for every key; the sum of what it gives.

    Raises:
        Exception: the first thing that went wrong, once all had their turn: the job counts as
            failing then.
    """
    total, first = 0, None
    for key in keys:
        try:
            total += work(key)
        except Exception as exc:
            unexpected = not isinstance(exc, AmcError)
            log.warning("one failed", action=action, key=key, exc_info=unexpected)
            first = first or exc
    if first is not None:
        raise first
    return total
