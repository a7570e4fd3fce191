"""Several processes that begin together, for what holds across processes.

Starting them takes long on a busy machine, so nothing is timed from their start: each says that
it is ready, then all are let go at once. A process that fails is told with its own traceback.
"""

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

DEADLINE_S = 300.0

# Given to the work: call it when everything is prepared; it returns when all begin.
Ready = Callable[[], None]


def together(
    count: int,
    work: Callable[..., Any],
    *given: Any,
    before: Callable[[], None] = lambda: None,
) -> list[Any]:
    """Carry out `work(ready, *given)` in so many processes; what each returned.

    Args:
        count: how many processes.
        work: a function of a module; calls its first argument before it begins.
        given: its further arguments.
        before: called here when all are ready and none has begun.

    Raises:
        AssertionError: a process failed, died, or did not come to its end in time.
    """
    context = multiprocessing.get_context("spawn")
    pipes, workers = [], []
    for _ in range(count):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_child, args=(theirs, work, given), daemon=True)
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    try:
        for pipe in pipes:
            assert _heard(pipe) is None
        before()
        for pipe in pipes:
            pipe.send(None)
        return [_heard(pipe) for pipe in pipes]
    finally:
        for worker, pipe in zip(workers, pipes, strict=True):
            pipe.close()
            worker.join(20)
            if worker.is_alive():
                worker.kill()
                worker.join()


def _heard(pipe: Connection) -> Any:
    assert pipe.poll(DEADLINE_S), "a process does not come to its end"
    try:
        failure, found = pipe.recv()
    except EOFError:
        raise AssertionError("a process died without a word") from None
    assert failure is None, failure
    return found


def _child(pipe: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    def ready() -> None:
        pipe.send((None, None))
        pipe.recv()

    try:
        pipe.send((None, work(ready, *given)))
    except Exception:  # told to the parent, whatever it is
        pipe.send((traceback.format_exc(), None))
