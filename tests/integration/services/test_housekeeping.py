"""What killed processes leave behind in the working folder."""

import os
from datetime import timedelta

from amc.clock import FrozenClock
from amc.container import Services


def test_half_fetched_results_go_after_two_days_and_nothing_else(
    built: Services, clock: FrozenClock
) -> None:
    work = built.settings.data_dir / "work"
    ages = {"ex_dead-1": 3, "ex_living-2": 1, "yours": 30}
    for name, days in ages.items():
        (work / name).mkdir(parents=True)
        (work / name / "part-0.csv").write_text("half of i")
        at = (clock.now() - timedelta(days=days)).timestamp()
        os.utime(work / name, (at, at))
    built.housekeeping.run()
    assert sorted(p.name for p in work.iterdir()) == ["ex_living-2", "yours"]
