"""Users as numbers: who they are follows from the number alone, in numpy and in SQL alike.

A user is a 32-bit number. `scramble` (a bijection) gives the id's tail, how late the user's
events arrive, the kind of id, and where the user lives. Some users are never resolved: their
events carry a NULL user_id.
"""

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import LAG_HOURS

Users = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]

MULTIPLIER = 2_654_435_761
CYCLE_WEEKS = 56
"""A new customer is in the market one week in 56, so no earlier purchase lies within a year."""
LIFE_WEEKS = 80
_UNRESOLVED, _RESOLVED_AD, _DEVICE = 25, 903, 956  # thousandths


def scramble(users: Users | Ints) -> Ints:
    """The scrambled number, in [0, 2^32)."""
    return ((users.astype(np.uint64) * np.uint64(MULTIPLIER)) & np.uint64(0xFFFFFFFF)).astype(
        np.int64
    )


def mixed(users: Users | Ints, salt: int, below: int) -> Ints:
    """A well mixed number in [0, below) for each user, another for each salt."""
    x = users.astype(np.uint64) + np.uint64((salt + 1) * 0x9E3779B97F4A7C15 & (2**64 - 1))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) % np.uint64(below)).astype(np.int64)


def is_resolved(users: Users | Ints) -> npt.NDArray[np.bool_]:
    """Whether a user has an id at all."""
    return (scramble(users) >> 11) % 1000 >= _UNRESOLVED


def weeks_to_market(users: Users | Ints, week: int) -> Ints:
    """Weeks until the next one in which a new customer buys (0: this week)."""
    return (mixed(users, 77, CYCLE_WEEKS) - week) % CYCLE_WEEKS


def user_numbers(ranks: Ints, week: int, population: int) -> Users:
    """The users behind places of the population in a week: every 80 weeks another one."""
    generation = (week + (ranks * 7919) % LIFE_WEEKS) // LIFE_WEEKS
    return (ranks + population * generation).astype(np.uint32)


def sql_scrambled(column: str) -> str:
    """`scramble` in DuckDB."""
    return f"(({column}::UBIGINT * {MULTIPLIER}) % 4294967296)::BIGINT"


def sql_user_id(column: str, prefix: str) -> str:
    """The 12-character user_id in DuckDB (12 characters are compared without a pointer)."""
    mixed_number = sql_scrambled(column)
    return (
        f"CASE WHEN ({mixed_number} >> 11) % 1000 < {_UNRESOLVED} THEN NULL "
        f"ELSE '{prefix}' || to_base({mixed_number}, 36, 7) END"
    )


def sql_is_resolved(column: str) -> str:
    """`is_resolved` in DuckDB."""
    return f"(({sql_scrambled(column)} >> 11) % 1000 >= {_UNRESOLVED})"


def sql_user_id_type(column: str) -> str:
    """The kind of user_id in DuckDB."""
    part = f"(({sql_scrambled(column)} >> 11) % 1000)"
    return (
        f"CASE WHEN {part} < {_UNRESOLVED} THEN NULL WHEN {part} < {_RESOLVED_AD} THEN 'adUserId' "
        f"WHEN {part} < {_DEVICE} THEN 'sisDeviceId' ELSE 'adBrowserId' END"
    )


def sql_is_ad_user(column: str) -> str:
    """Whether the user_id is an adUserId, in DuckDB."""
    part = f"(({sql_scrambled(column)} >> 11) % 1000)"
    return f"({part} >= {_UNRESOLVED} AND {part} < {_RESOLVED_AD})"


def sql_lag(column: str) -> str:
    """How long a user's events take to arrive, as an interval in DuckDB."""
    hours = ", ".join(map(str, LAG_HOURS))
    return f"to_hours([{hours}][(({sql_scrambled(column)} >> 5) % {len(LAG_HOURS)}) + 1])"


def lag_hours(users: Users | Ints) -> Ints:
    """The same in numpy, hours."""
    found: Ints = np.array(LAG_HOURS, dtype=np.int64)[(scramble(users) >> 5) % len(LAG_HOURS)]
    return found


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def user_id(user: int, prefix: str) -> str | None:
    """The user_id of one user in plain Python; None for one that was never resolved."""
    value = (user * MULTIPLIER) % 4294967296
    if (value >> 11) % 1000 < _UNRESOLVED:
        return None
    tail = ""
    for _ in range(7):
        value, rest = divmod(value, 36)
        tail = _ALPHABET[rest] + tail
    return prefix + tail
