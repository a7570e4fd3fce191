"""The request rate: a strict sliding second, by client and region, judged by the log of truth."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from amc.sandbox.http.limits import RateLimit
from amc.sandbox.runner.options import Options
from tests.sandbox.site import Site, serving


class SteppedClock:
    """Monotonic time that the test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        return self.at


def test_the_window_slides_and_refusals_do_not_count() -> None:
    clock = SteppedClock()
    limit = RateLimit(Options(rate_per_s=3), clock)  # type: ignore[arg-type]
    admitted = []
    for step in range(40):
        clock.at = 100 + step * 0.1
        if limit.admit("c", "NA"):
            admitted.append(clock.at)
    assert all(
        sum(1 for other in admitted if start <= other < start + 1) <= 3 for start in admitted
    )
    assert len(admitted) >= 12


def test_clients_and_regions_have_budgets_of_their_own() -> None:
    limit = RateLimit(Options(rate_per_s=1), SteppedClock())  # type: ignore[arg-type]
    assert [limit.admit("a", "NA"), limit.admit("a", "NA")] == [True, False]
    assert limit.admit("b", "NA")
    assert limit.admit("a", "EU")


def hammer(site: Site, times: int) -> list[requests.Response]:
    headers = site.account_headers()
    url = f"{site.url}/amc/reporting/{site.instance_id()}/workflows"
    with ThreadPoolExecutor(8) as pool:
        return list(
            pool.map(lambda _: requests.get(url, headers=headers, timeout=30), range(times))
        )


def test_no_second_of_the_log_holds_more_than_the_rate(tmp_path: Path) -> None:
    with serving(tmp_path, rate_per_s=10, retry_after_s=2) as site:
        answers = hammer(site, 60)
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.headers["Retry-After"] for answer in refused} == {"2"}
        assert refused[0].json() == {"code": "429", "details": "Too Many Requests"}
        log = site.local("GET", "/log/requests")["requests"]
        good = sorted(line["real_at"] for line in log if line["status"] == 200
                      and "/reporting/" in line["path"])  # fmt: skip
        assert len(good) == 60 - len(refused)
        # Times in the log are taken a moment before the limit is asked.
        assert all(sum(1 for at in good if start <= at < start + 0.98) <= 10 for start in good)
        site.local("PUT", "/options", json={"retry_after_s": None})
        bare = [answer for answer in hammer(site, 40) if answer.status_code == 429]
        assert bare
        assert all("Retry-After" not in answer.headers for answer in bare)


def test_the_login_and_downloads_are_not_rated(tmp_path: Path) -> None:
    with serving(tmp_path, rate_per_s=1) as site:
        assert all(site.grant()["access_token"] for _ in range(5))
        assert all(site.local("GET", "/clock") for _ in range(5))
