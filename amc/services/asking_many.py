"""Asking about many things at once by a few threads.

The shared rate budget paces them, and the threads keep it busy while answers are on their way.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from amc.errors import AmcError

# At 10 requests a second this many may be on their way while each takes up to 0.8 seconds.
AT_ONCE = 8
Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Tells nobody."""


def ask_each(
    wanted: Sequence[str], ask: Callable[[str], None], progress: Progress
) -> list[tuple[str, AmcError | None]]:
    """Ask for all of them, a few at once; every outcome, in the order in which they came.

    Args:
        wanted: ids.
        ask: asks for one; its AmcError is that one's outcome.
        progress: told (done, all) in the caller's thread.
    """
    found: list[tuple[str, AmcError | None]] = []
    progress(0, len(wanted))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking") as pool:
        asked = {pool.submit(ask, name): name for name in wanted}
        for future in as_completed(asked):
            error = future.exception()
            if error is not None and not isinstance(error, AmcError):
                raise error
            found.append((asked[future], error))
            progress(len(found), len(wanted))
    return found
