"""Four processes over one rate budget, judged by the local AMC's own log."""

import multiprocessing
from pathlib import Path
from typing import Any

from amc.clock import SystemClock
from tests.integration.api.kit import Kit, LocalAmc

PER_S, SECONDS, PROCESSES = 10.0, 6.0, 4


def work(
    url: str, database_url: str, folder: Path, account: tuple[str, str], gate: Any, done: Any
) -> None:
    kit = Kit.open(url, database_url, folder, rate_per_s=PER_S)
    kit.account = account
    api, clock = kit.instance(), SystemClock()
    api.list_workflows()  # connections and tokens are there before it counts
    gate.wait(120)
    ends = clock.monotonic() + SECONDS
    while clock.monotonic() < ends:
        api.list_workflows()
    done.put(True)
    kit.close()


def test_four_processes_use_the_rate_and_never_more(
    amc: LocalAmc, kit: Kit, database_url: str, tmp_path: Path
) -> None:
    amc.ask("PUT", "/options", json={"rate_per_s": PER_S})
    context = multiprocessing.get_context("spawn")
    gate, done = context.Barrier(PROCESSES + 1), context.Queue()
    given = (amc.url, database_url, tmp_path, kit.account, gate, done)
    workers = [context.Process(target=work, args=given) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    gate.wait(120)
    before = max((line["seq"] for line in amc.log("requests")), default=0)
    for _ in workers:
        done.get(timeout=120)
    for worker in workers:
        worker.join(30)
    lines = [line for line in amc.log("requests") if line["seq"] > before]
    at = sorted(line["real_at"] for line in lines)
    busy = at[-1] - at[0]
    refused = sum(line["status"] == 429 for line in lines)
    # Two 429s may be earned; each one costs about a second of its own.
    assert refused <= 2
    assert (len(at) - 1) / busy >= 0.93 * PER_S - refused
    for start in at:
        assert sum(start <= other < start + 1.0 for other in at) <= PER_S + refused
