"""Several logins for one account: the next one takes over when one needs a person."""

from collections.abc import Sequence

from amc.api.ports import TokenSource
from amc.errors import GrantRevokedError, KeyFileError, LoginError, MissingError
from amc.log import get_logger

log = get_logger(__name__)

# What says that this login is out of service. Amazon being away or busy says nothing about it:
# the next login would fare alike.
_OUT_OF_SERVICE = (LoginError, KeyFileError, MissingError)


class TokensInTurn:
    """Access tokens of the first login that gives one."""

    def __init__(self, logins: Sequence[tuple[str, TokenSource]]) -> None:
        """Keep the logins in their order: connection id and its tokens; at least one."""
        self._logins = list(logins)

    def get(self) -> str:
        """A token of the first login in service.

        Raises:
            LoginError, KeyFileError: why the first is not, when none of them is.
            ApiError: Amazon cannot be asked at the moment (transient).
        """
        return self._first(self._logins)

    def renew(self, refused: str) -> str:
        """Another token after Amazon answered 401; the next login takes over if need be.

        Raises:
            LoginError, ApiError: see `get`.
        """
        try:
            return self._logins[0][1].renew(refused)
        except _OUT_OF_SERVICE:
            if len(self._logins) == 1:
                raise
            self._took_over(self._logins[0][0])
            self._logins.append(self._logins.pop(0))
        return self._first(self._logins)

    def _first(self, logins: list[tuple[str, TokenSource]]) -> str:
        why: LoginError | KeyFileError | MissingError | None = None
        for number, (connection_id, tokens) in enumerate(logins):
            try:
                found = tokens.get()
            except _OUT_OF_SERVICE as exc:
                why = why or exc
                if number + 1 < len(logins):
                    self._took_over(connection_id)
                continue
            # It stays first for this caller, so that a 401 is renewed with the right login.
            self._logins = [*logins[number:], *logins[:number]]
            return found
        raise why or GrantRevokedError("No Amazon connection serves this account.")

    def _took_over(self, connection_id: str) -> None:
        log.warning("the next login takes over", action="tokens.take_over", failed=connection_id)
