"""Who can sign in at the local AMC, and what each of them sees."""

from collections.abc import Iterable
from dataclasses import dataclass

WorldUser = tuple[str, str, str, frozenset[str] | None]
"""Id, name, e-mail, accounts (None: all)."""


@dataclass(frozen=True)
class User:
    """A person at Amazon. `accounts` None: every AMC account."""

    user_id: str
    name: str
    email: str
    label: str
    accounts: frozenset[str] | None = None
    has_profiles: bool = True


def make_users(world_users: Iterable[WorldUser]) -> list[User]:
    """The world's people, one without AMC, one with nothing."""
    users = [
        User(user_id, name, email, f"{name}: {_seen(accounts)}", accounts)
        for user_id, name, email, accounts in world_users
    ]
    users.append(
        User("amzn1.account.LOCALUSERNOAMC", "Profiles Only", "profiles@example.com",
             "Profiles Only: no AMC account", frozenset())
    )  # fmt: skip
    users.append(
        User("amzn1.account.LOCALUSERNONE", "Nobody", "nobody@example.com",
             "Nobody: neither profiles nor AMC", frozenset(), has_profiles=False)
    )  # fmt: skip
    return users


def _seen(accounts: frozenset[str] | None) -> str:
    return "every AMC account" if accounts is None else ", ".join(sorted(accounts)) or "no account"
