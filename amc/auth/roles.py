"""Who is asking: roles, grants and the person behind a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from amc.errors import AccessDeniedError, UsageError


class Role(StrEnum):
    """What a user may do; each role may do all that the one before may."""

    VIEWER = "viewer"
    """Looks at runs and results."""
    ANALYST = "analyst"
    """Runs, schedules and maps."""
    ADMIN = "admin"
    """Connects Amazon logins and keeps the users."""

    @property
    def rank(self) -> int:
        """Position in the order viewer < analyst < admin."""
        return list(Role).index(self)


def parse_role(text: str) -> Role:
    """The role of that name.

    Raises:
        UsageError: there is none.
    """
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise UsageError(f"A role is one of {', '.join(Role)}; '{text}' is none.") from None


@dataclass(frozen=True, slots=True)
class Grants:
    """Limits a user to brands or instance sets; without limits, everything is open."""

    brands: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    limited: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Grants":
        """From what the user's row holds; None means no limits."""
        if stored is None:
            return cls()
        brands, sets = frozenset(stored.get("brands", ())), frozenset(stored.get("sets", ()))
        return cls(brands, sets, limited=True)

    def stored(self) -> dict[str, Any] | None:
        """What the user's row holds."""
        if not self.limited:
            return None
        return {"brands": sorted(self.brands), "sets": sorted(self.sets)}

    def covers(self, *, brand: str = "", sets: Iterable[str] = ()) -> bool:
        """Whether an instance of that brand, in those sets (names or ids), may be seen."""
        return not self.limited or brand in self.brands or not self.sets.isdisjoint(sets)


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The signed-in person, as of this moment.

    Attributes:
        must_change: the password was made by somebody else, who may have kept it.
        held: therefore nothing opens but the change of the password.
    """

    user_id: str
    name: str
    display_name: str
    role: Role
    zone: str = ""
    must_change: bool = False
    held: bool = False
    grants: Grants = field(default_factory=Grants)

    @property
    def shown_name(self) -> str:
        """The name that pages show."""
        return self.display_name or self.name

    def has(self, role: Role) -> bool:
        """Whether the user has at least that role."""
        return self.role.rank >= role.rank


def require(user: CurrentUser | None, role: Role, *, held: bool = False) -> CurrentUser:
    """The user, if the role suffices.

    Args:
        user: who asks.
        role: the lowest that will do.
        held: whether this is also for those who must choose a new password first.

    Raises:
        AccessDeniedError: nobody is signed in, the role is too low, or the password was made by
            somebody else and must be changed first.
    """
    if user is None:
        raise AccessDeniedError("You are not signed in.", hint="Sign in and try again.")
    if user.held and not held:
        raise AccessDeniedError(
            "Your password was made by somebody else; nothing opens before it is changed.",
            hint="Choose a new password on any page of the app, then try again.",
        )
    if not user.has(role):
        raise AccessDeniedError(
            f"This needs the role {role.value}; yours is {user.role.value}.",
        )
    return user
