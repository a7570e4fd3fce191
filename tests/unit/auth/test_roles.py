import pytest

from amc.auth.roles import CurrentUser, Grants, Role, parse_role, require
from amc.errors import AccessDeniedError, UsageError


@pytest.mark.parametrize("have", list(Role))
@pytest.mark.parametrize("need", list(Role))
def test_a_role_may_do_what_the_roles_before_it_may(have: Role, need: Role) -> None:
    order = ["viewer", "analyst", "admin"]
    user = CurrentUser("us_1", "ann", "Ann", have)
    if order.index(have) >= order.index(need):
        assert require(user, need) is user
    else:
        with pytest.raises(AccessDeniedError, match=f"needs the role {need}; yours is {have}"):
            require(user, need)


def test_nobody_may_do_anything() -> None:
    with pytest.raises(AccessDeniedError, match="not signed in"):
        require(None, Role.VIEWER)


def test_roles_are_read_from_text_and_unknown_ones_refused() -> None:
    assert parse_role(" Admin ") is Role.ADMIN
    with pytest.raises(UsageError, match="viewer, analyst, admin"):
        parse_role("owner")


def test_without_limits_everything_is_covered() -> None:
    assert Grants.of(None).covers(brand="Kessler")
    assert Grants.of(None).stored() is None


def test_limits_cover_their_brands_and_sets_and_nothing_else() -> None:
    grants = Grants.of({"brands": ["Kessler"], "sets": ["DACH"]})
    assert grants.covers(brand="Kessler")
    assert grants.covers(brand="Other", sets=["DACH", "All"])
    assert not grants.covers(brand="Other", sets=["All"])
    assert not grants.covers()
    assert Grants.of(grants.stored()) == grants


def test_empty_limits_close_everything() -> None:
    assert not Grants.of({}).covers(brand="")
