"""Four processes over one rate budget, judged by the local AMC's own log."""

from pathlib import Path

from amc.clock import SystemClock
from tests.integration.api.kit import Kit, LocalAmc
from tests.processes import Ready, together

PER_S, SECONDS, PROCESSES, ROUNDS = 10.0, 6.0, 4, 5


def work(ready: Ready, url: str, database_url: str, folder: Path, account: tuple[str, str]) -> None:
    kit = Kit.open(url, database_url, folder, rate_per_s=PER_S)
    kit.account = account
    api, clock = kit.instance(), SystemClock()
    api.list_workflows()  # connections and tokens are there before it counts
    ready()
    ends = clock.monotonic() + SECONDS
    while clock.monotonic() < ends:
        api.list_workflows()
    kit.close()


def one_round(amc: LocalAmc, kit: Kit, database_url: str, tmp_path: Path) -> tuple[float, int, int]:
    """Requests a second, 429s, most requests in any second."""
    amc.ask("PUT", "/options", json={"rate_per_s": PER_S})
    started: list[int] = []

    def begins() -> None:
        started.append(max((line["seq"] for line in amc.log("requests")), default=0))

    given = (amc.url, database_url, tmp_path, kit.account)
    together(PROCESSES, work, *given, before=begins)
    before = started[0]
    lines = [line for line in amc.log("requests") if line["seq"] > before]
    at = sorted(line["real_at"] for line in lines)
    busy = at[-1] - at[0]
    refused = sum(line["status"] == 429 for line in lines)
    most = max(sum(start <= other < start + 1.0 for other in at) for start in at)
    return (len(at) - 1) / busy, refused, most


def test_four_processes_use_the_rate_and_never_more(
    amc: LocalAmc, kit: Kit, database_url: str, tmp_path: Path
) -> None:
    # A machine that is busy with something else lets requests arrive late and in heaps: one
    # clean round is enough, and no round may send more than what was refused on top.
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(one_round(amc, kit, database_url, tmp_path))
        per_s, refused, most = rounds[-1]
        assert most <= PER_S + refused, rounds
        if refused <= 2 and per_s >= 0.93 * PER_S:
            return
    raise AssertionError(f"no clean round: {rounds}")
