"""How long a page's script takes: median of AppTest reruns over a full database."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from amc.container import Services
from amc.services.mapping_csv import MappingRow
from amc.settings import ROOT
from amc.ui import gate, keys, process
from amc.ui.cookies import cookie_name
from amc.ui.navigation import PAGES
from tests.pages.world import (
    add_executions,
    add_instances,
    add_mapping,
    add_result,
    add_schedule,
)

INSTANCES, EXECUTIONS, MAPPINGS, RERUNS = 58, 2_000, 50_000, 15
TARGET_MS = 100.0
_PASSWORD = "plum-otter-lantern-42"
_STATES = ("READY",) * 16 + ("FAILED", "REJECTED", "CANCELLED", "RUNNING")


def fill(services: Services, folder: Path) -> str:
    """58 instances, 2,000 executions, one with a result, 50,000 names; gives that one's id."""
    instances = add_instances(services, INSTANCES)
    states = [_STATES[n % len(_STATES)] for n in range(EXECUTIONS)]
    made = add_executions(services, instances, states)
    add_result(services, made[0], folder, [(str(n % 300), n) for n in range(5_000)])
    for number in range(20):
        add_schedule(services, instances[:5], f"Report {number}")
        add_mapping(services, str(number), f"Campaign {number}")
    fetched = [
        MappingRow(0, "sponsored_products", str(10_000_000 + n), f"Fetched {n}", f"B{n % 90}", ())
        for n in range(MAPPINGS)
    ]
    for start in range(0, MAPPINGS, 5_000):
        services.mappings.put_fetched("bench", fetched[start : start + 5_000])
    return made[0]


def script_times_ms(at: AppTest, reruns: int = RERUNS) -> list[float]:
    """Milliseconds of each rerun; the first one, which loads and compiles, is left out."""
    at.run()
    times = []
    for _ in range(reruns):
        begun = time.perf_counter()
        at.run()
        times.append((time.perf_counter() - begun) * 1000)
        if at.exception:
            raise SystemExit(f"a page failed: {at.exception[0].value}")
    return times


def at_page(page: str, query: dict[str, str]) -> AppTest:
    """The app, opened at a page."""
    at = AppTest.from_file(str(ROOT / "amc" / "ui" / "main.py"), default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    if page != "fleet":
        at.switch_page(f"../../pages/{page}.py")
    return at


def sign_in(services: Services) -> None:
    """Make an administrator the one who asks."""
    services.users.create("bench", "bench", role="admin", password=_PASSWORD, chosen_by_them=True)
    token = services.users.claim(services.users.sign_in("bench", _PASSWORD, "bench"))
    cookies = {cookie_name(services.settings): token}
    gate.browser_cookies = lambda: cookies


def main() -> int:
    """Print a line for each page: value, target, ratio. 1 when one is over the target."""
    slow = False
    with tempfile.TemporaryDirectory() as name:
        os.environ["AMC_DATA_DIR"] = str(Path(name) / "data")
        services = process.services()
        execution = fill(services, Path(name) / "result")
        sign_in(services)
        views: list[tuple[str, str, dict[str, str]]] = [(p.name, p.name, {}) for p in PAGES]
        views += [
            ("instances", label, {keys.INSTANCES_TAB: tab})
            for label, tab in (("what runs where", "What runs where"), ("sets", "Sets"))
        ]
        views.append(("mappings", "mappings: search", {keys.MAP_TEXT: "fetched 4999"}))
        one = {"execution": execution}
        views.append(("executions", "one result: table", one))
        views.append(("executions", "one result: chart", one | {keys.RESULT_TAB: "Chart"}))
        for page, label, query in views:
            median = statistics.median(script_times_ms(at_page(page, query)))
            ratio = median / TARGET_MS
            print(f"rerun {label:20} {median:7.1f} ms  target {TARGET_MS:.0f} ms  {ratio:.2f}")
            slow = slow or median > TARGET_MS
        process.close()
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
