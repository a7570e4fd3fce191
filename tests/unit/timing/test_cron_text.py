import pytest

from amc.errors import CronError
from amc.timing import parse_cron


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0 8 * * 1", "0 8 * * 1"),
        ("  0\t8 *  * mon \n", "0 8 * * 1"),
        ("0 8 * * MON-FRI", "0 8 * * 1-5"),
        ("0 8 * * FRI-SUN", "0 8 * * 5-7"),
        ("0 8 1,15 JAN-JUN/2 *", "0 8 1,15 1-6/2 *"),
        ("*/15 08-18 * * 7", "*/15 8-18 * * 7"),
        ("@daily", "0 0 * * *"),
        (" @Weekly ", "0 0 * * 0"),
        ("@hourly", "0 * * * *"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
    ],
)
def test_a_rule_is_read_into_its_canonical_text(text, canonical):
    assert parse_cron(text).text == canonical
    assert parse_cron(canonical).text == canonical


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("61 * * * *", "minute field '61' holds 61, which is outside 0 to 59"),
        ("0 24 * * *", "hour field '24'"),
        ("0 8 0 * *", "day-of-month field '0'"),
        ("0 8 * 13 *", "month field '13'"),
        ("0 8 * * 8", "day-of-week field '8'"),
        ("*/0 * * * *", "minute field '*/0' has a step"),
        ("*/60 * * * *", "step that is not a number from 1 to 59"),
        ("5/15 * * * *", "write 5-59/15"),
        ("0 18-8 * * *", "write 18-23,0-8"),
        ("0 8 * * MONDAY", "holds 'MONDAY'"),
        ("0 8 * MON *", "month field 'MON'"),
        ("0 8 L * *", "signs of other|sign of other"),
        ("0 8 ? * 1", "sign of other"),
        ("0 8 * * 1#2", "sign of other"),
        ("0 8 15W * *", "day-of-month field"),
        ("0 8 1,,2 * *", "empty part"),
        ("0 8 1- * *", "empty part"),
        ("0 8 * *", "has 4"),
        ("0 0 8 * * 1", "has 6"),
        ("", "has 0"),
        ("@reboot", "names no time"),
        ("@fortnightly", "not a CRON word"),
        ("٠ 8 * * *", "ASCII"),
        ("0 8 * * 1\u00a0", "ASCII"),
        ("0 8 *\n* 1", "ASCII"),
        ("0 8 31 2 *", "never fires: day 31"),
        ("0 8 30,31 FEB *", "never fires: day 30"),
        ("0 8 31 4,6,9,11 */2", "never fires"),
        ("1 " * 300, "longer than"),
        ("1e1 * * * *", "minute field"),
        ("-5 * * * *", "minute field"),
        ("000 * * * *", "minute field"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_field_and_an_example(text, part):
    with pytest.raises(CronError, match=None) as caught:
        parse_cron(text)
    assert any(one in caught.value.message for one in part.split("|"))
    assert caught.value.hint


def test_a_day_that_only_some_chosen_months_have_is_accepted():
    assert parse_cron("0 0 31 */2 *").fields[3].values == {1, 3, 5, 7, 9, 11}
    assert parse_cron("0 0 29 2 *").text == "0 0 29 2 *"
    assert parse_cron("0 0 31 2 1").days_are_alternatives  # Mondays in February


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 8 * * 1", "At 08:00 on Monday."),
        ("0 8,20 * * *", "At 08:00 and 20:00, every day."),
        ("30 6 * * 1-5", "At 06:30 on Monday to Friday."),
        ("0 8 13 * 5", "At 08:00 on day 13 of the month or on Friday (either one is enough)."),
        ("0 8 */2 * 5", "if that is Friday"),
        ("*/15 * * * *", "Every 15 minutes."),
        ("* * * * *", "Every minute."),
        ("5 * * * *", "At minute 5 of every hour."),
        ("*/20 9-17 * * *", "Every 20 minutes of the hours 09 to 17, every day."),
        ("*/7 * * * *", "At minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour."),
        ("0 0 1 1,7 *", "At 00:00 on day 1 of the month in January and July."),
        ("0 0 * * 0,6", "At 00:00 on Saturday and Sunday."),
        ("0 0 1-31 * 5", "At 00:00, every day."),
        ("* 3 * * *", "Every minute of the hour 03, every day."),
    ],
)
def test_a_rule_says_what_it_means(text, words):
    said = parse_cron(text).describe()
    assert words in said
    assert said.endswith(".")
