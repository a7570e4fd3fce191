"""Who can sign in at the local AMC, and what each of them sees."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A person at Amazon. `accounts` None: every AMC account."""

    user_id: str
    name: str
    email: str
    label: str
    accounts: frozenset[str] | None = None
    has_profiles: bool = True


def make_users(entity_ids: Iterable[str]) -> list[User]:
    """One who sees everything, one for each account alone, one without AMC, one with nothing."""
    users = [
        User("amzn1.account.LOCALUSER0000", "Local Analyst", "analyst@example.com",
             "Local Analyst: every AMC account"),
    ]  # fmt: skip
    for number, entity_id in enumerate(entity_ids, 1):
        users.append(
            User(f"amzn1.account.LOCALUSER{number:04d}", f"Analyst {number}",
                 f"analyst{number}@example.com", f"Analyst {number}: {entity_id} only",
                 frozenset({entity_id}))
        )  # fmt: skip
    users.append(
        User("amzn1.account.LOCALUSERNOAMC", "Profiles Only", "profiles@example.com",
             "Profiles Only: no AMC account", frozenset())
    )  # fmt: skip
    users.append(
        User("amzn1.account.LOCALUSERNONE", "Nobody", "nobody@example.com",
             "Nobody: neither profiles nor AMC", frozenset(), has_profiles=False)
    )  # fmt: skip
    return users
