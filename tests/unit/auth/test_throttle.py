from datetime import UTC, datetime, timedelta

import pytest

from amc.auth.throttle import FREE_FOR_NAME, LONGEST, wait

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0),
        (2, 0),
        (3, 1),  # 2^0: the third failure is the last that costs nothing
        (4, 2),
        (5, 4),
        (8, 32),
        (9, 60),  # 2^6 = 64, cut to the longest
        (500, 60),
    ],
)
def test_the_wait_doubles_up_to_a_minute(failures: int, seconds: float) -> None:
    assert wait([NOW] * failures, NOW, free=FREE_FOR_NAME) == seconds


def test_the_wait_counts_from_the_latest_failure_and_ends() -> None:
    failures = [NOW - timedelta(minutes=5)] * 5 + [NOW - timedelta(seconds=3)]  # six: 8 s
    assert wait(failures, NOW, free=3) == 5
    assert wait(failures, NOW + timedelta(seconds=5), free=3) == 0


def test_a_guesser_gets_fewer_than_100_tries_an_hour() -> None:
    now, heard = NOW, []
    while now < NOW + timedelta(hours=1):
        recent = [at for at in heard if at >= now - timedelta(hours=1)]
        if wait(recent, now, free=FREE_FOR_NAME) <= 0:
            heard.append(now)
        now += timedelta(seconds=1)
    assert 60 <= len(heard) < 100
    assert timedelta(seconds=60) == LONGEST


def test_a_faster_clock_makes_the_wait_no_shorter_in_real_time() -> None:
    assert wait([NOW] * 4, NOW, free=3, scale=1440) == 2 * 1440
