import inspect
from dataclasses import fields
from typing import get_type_hints

import pytest

from amc.auth.policy import CLOSED, NEEDS, Guarded
from amc.auth.roles import CurrentUser, Role
from amc.container import Services
from amc.errors import AccessDeniedError

NOUNS = {
    "audit",
    "capabilities",
    "connections",
    "drafts",
    "executions",
    "health",
    "instances",
    "library",
    "mappings",
    "names",
    "restores",
    "results",
    "schedules",
    "templates",
    "users",
}
SERVICES = {name: kind for name, kind in get_type_hints(Services).items() if name in NOUNS}


def public_methods() -> set[str]:
    return {
        f"{noun}.{name}"
        for noun, kind in SERVICES.items()
        for name, member in inspect.getmembers(kind)
        if not name.startswith("_") and callable(member)
    }


def user(role: Role) -> CurrentUser:
    return CurrentUser("us_1", "ann", "Ann", role)


def test_every_service_has_a_place_in_the_container() -> None:
    assert {field.name for field in fields(Services)} >= NOUNS


def test_every_public_method_is_decided_on() -> None:
    undecided = public_methods() - set(NEEDS) - CLOSED
    assert not undecided, "add these to amc/auth/policy.py"


def test_the_table_names_no_method_that_is_gone() -> None:
    assert not (set(NEEDS) | CLOSED) - public_methods()
    assert not set(NEEDS) & CLOSED


def test_whatever_takes_an_actor_needs_more_than_a_look() -> None:
    for path, need in NEEDS.items():
        noun, _, name = path.partition(".")
        if "actor" in inspect.signature(getattr(SERVICES[noun], name)).parameters:
            assert need.role is not Role.VIEWER or need.own, path


class Thing:
    """Stands for a service: it only says that it was reached."""

    def __getattr__(self, name: str) -> object:
        return lambda *_args, **_more: f"reached {name}"


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("path", sorted(set(NEEDS) | CLOSED))
def test_each_role_reaches_what_the_table_says_and_nothing_else(
    path: str, role: Role | None
) -> None:
    noun, _, name = path.partition(".")
    guarded = Guarded(noun, Thing(), user(role) if role else None)
    need = NEEDS.get(path)
    if need and role and role.rank >= need.role.rank:
        assert getattr(guarded, name)() == f"reached {name}"
    else:
        with pytest.raises(AccessDeniedError):
            getattr(guarded, name)


@pytest.mark.parametrize("name", ["_database", "__dict__", "delete_everything"])
def test_what_the_table_does_not_name_is_refused(name: str) -> None:
    if name == "__dict__":
        with pytest.raises(AttributeError):
            object.__getattribute__(Guarded("users", Thing(), user(Role.ADMIN)), name)
        return
    with pytest.raises(AccessDeniedError, match="not open to pages"):
        getattr(Guarded("users", Thing(), user(Role.ADMIN)), name)


class Clerk:
    """A service with arguments that say who acts."""

    def create(self, actor: str, name: str, *, role: str = "") -> str:
        return f"{actor} made {name}"

    def set_zone(self, actor: str, name: str, zone: str) -> str:
        return f"{name} in {zone}"


def test_the_actor_must_be_the_user() -> None:
    clerk = Guarded("users", Clerk(), user(Role.ADMIN))
    assert clerk.create("ann", "bo", role="viewer") == "ann made bo"
    assert clerk.create(actor="ann", name="bo") == "ann made bo"
    with pytest.raises(AccessDeniedError, match="your own name"):
        clerk.create("root", "bo")
    with pytest.raises(AccessDeniedError, match="your own name"):
        clerk.create(name="bo", actor="root")


def test_what_is_ones_own_cannot_be_done_to_others() -> None:
    clerk = Guarded("users", Clerk(), user(Role.VIEWER))
    assert clerk.set_zone("ann", "ann", "UTC") == "ann in UTC"
    with pytest.raises(AccessDeniedError, match="your own name"):
        clerk.set_zone("ann", "bo", "UTC")
