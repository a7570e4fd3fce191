"""A person leaves: what stops is named, and goes on under whoever takes it over, in the shell."""

from tests.integration.cli.shell import ON, Shell
from tests.worlds import World


def test_what_stops_with_a_person_is_named_and_taken_over(shell: Shell, world: World) -> None:
    names = ["weekly of one who leaves", "daily of one who leaves"]
    made = [
        shell.json("schedules", "add", name, "--cron", "0 8 * * 1", "--sql", "good.sql", *ON)
        for name in names
    ]
    keys = [one["schedules"][0]["id"] for one in made]
    try:
        shell.json("users", "add", "leaver", "--role", "analyst")
        with world.services() as built:
            for key in keys:
                built.schedules.take_over("leaver", key)
        told = shell.json("users", "disable", "leaver")
        assert {row["name"] for row in told["suspended"]} == set(names)
        listed = {row["id"]: row for row in shell.json("schedules", "list")["schedules"]}
        assert all("leaver, who owns it, is disabled" in listed[k]["suspended"] for k in keys)
        refused = shell("schedules", "run-now", keys[0])
        assert (refused.code, "take the schedule over" in refused.err) == (2, True)

        (one,) = shell.json("schedules", "take-over", names[0])["schedules"]
        assert (one["suspended"], one["created_by"][:4]) == ("", "cli:")
        rest = shell.json("schedules", "take-over", "--of", "leaver")["schedules"]
        assert [row["id"] for row in rest] == keys[1:]
        assert shell.json("schedules", "take-over", "--of", "leaver") == {"schedules": []}
        assert shell.json("users", "disable", "leaver")["suspended"] == []
    finally:
        for key in keys:
            shell("schedules", "remove", key)
