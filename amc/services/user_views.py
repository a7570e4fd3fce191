"""Users as administrators see them, and how names are kept."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from amc.auth.roles import Grants
from amc.db.people import User
from amc.errors import UsageError

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as administrators see one."""

    user_id: str
    name: str
    display_name: str
    role: str
    grants: Grants
    disabled: bool
    zone: str
    must_change: bool
    created_at: datetime
    password_at: datetime
    seen_at: datetime | None


def user_view(row: User, seen_at: datetime | None) -> UserView:
    """A user's row, with when the user was last heard of."""
    return UserView(
        user_id=row.public_id,
        name=row.name,
        display_name=row.display_name,
        role=row.role,
        grants=Grants.of(row.grants),
        disabled=row.disabled,
        zone=row.zone,
        must_change=row.must_change,
        created_at=row.created_at,
        password_at=row.password_at,
        seen_at=seen_at,
    )


def fold_name(name: str) -> str:
    """A name as it is kept and compared.

    Raises:
        UsageError: it is empty, too long, or holds what cannot be seen.
    """
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    if not folded or len(folded) > _LONGEST_NAME or not folded.isprintable():
        raise UsageError(f"A user's name has 1 to {_LONGEST_NAME} visible characters.")
    return folded


def fold_name_or_nothing(name: str) -> str:
    """The same for what is typed at sign-in: a name that cannot be one belongs to nobody."""
    try:
        return fold_name(name)
    except UsageError:
        return ""
