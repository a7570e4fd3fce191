"""How long requests are taken to be on their way."""

from amc.api.way import Way


def test_what_all_answers_have_in_common_does_not_count() -> None:
    way = Way()
    assert way.taken_by(0.2) == 0.2  # nothing is known yet
    for _ in range(300):
        way.taken_by(0.2)
    assert way.taken_by(0.2) == 0.0
    assert way.taken_by(0.25) == 0.25 - 0.2


def test_a_quick_answer_is_believed_at_once_and_a_slow_one_slowly() -> None:
    way = Way()
    for _ in range(100):
        way.taken_by(0.01)
    assert way.taken_by(0.06) == 0.06 - 0.01
    assert 0.04 < way.taken_by(0.06) < 0.05
    way.taken_by(0.002)
    assert way.taken_by(0.004) <= 0.002


def test_a_very_slow_answer_is_amazons_own_work() -> None:
    assert Way().taken_by(20.0) == 0.3
