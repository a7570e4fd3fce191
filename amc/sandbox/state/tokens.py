"""Login with Amazon's side of the state: clients, codes, refresh tokens, access tokens."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from amc.clock import Clock
from amc.sandbox.state.store import Store

CODE_LIFE = timedelta(minutes=5)
ACCESS_LIFE = timedelta(seconds=3600)


@dataclass(frozen=True)
class Client:
    """An LwA security profile; no `redirects` means any loopback or https address."""

    client_id: str
    secret: str
    name: str = "AMC Manager"
    redirects: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    """Grant types it may use; empty means all."""


@dataclass(frozen=True)
class Grant:
    """What a code or token stands for."""

    client_id: str
    user_id: str
    scope: str
    expires_at: datetime | None = None
    revoked: bool = False

    def has_scope(self, *names: str) -> bool:
        """Whether any of these scopes was granted."""
        return bool(set(self.scope.split()) & set(names))


@dataclass(frozen=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    challenge: str | None = None
    method: str | None = field(default=None)
    used: bool = False


class TokenStore:
    """Mints, finds, ends and revokes; all times are the clock's."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep both."""
        self._store, self._clock = store, clock

    def add_client(self, client: Client) -> None:
        """Add or change a client."""
        self._store.write(
            "INSERT OR REPLACE INTO clients (client_id, secret, name, redirects, grants)"
            " VALUES (?, ?, ?, ?, ?)",
            (client.client_id, client.secret, client.name, json.dumps(client.redirects),
             json.dumps(client.grants)),
        )  # fmt: skip

    def client(self, client_id: str) -> Client | None:
        """A client by id."""
        row = self._store.row(
            "SELECT client_id, secret, name, redirects, grants FROM clients WHERE client_id = ?",
            (client_id,),
        )
        if row is None:
            return None
        redirects, grants = tuple(json.loads(row[3])), tuple(json.loads(row[4]))
        return Client(row[0], row[1], row[2], redirects, grants)

    def mint_code(
        self, grant: Grant, redirect_uri: str, challenge: str | None, method: str | None
    ) -> str:
        """A code of five minutes' life."""
        code = "AN" + secrets.token_urlsafe(14).replace("-", "x").replace("_", "y")
        expires = self._clock.now() + CODE_LIFE
        self._store.write(
            "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (code, grant.client_id, grant.user_id, grant.scope, redirect_uri, challenge, method,
             expires.isoformat()),
        )  # fmt: skip
        return code

    def code(self, code: str) -> Code | None:
        """A code, used or not."""
        row = self._store.row("SELECT * FROM codes WHERE code = ?", (code,))
        if row is None:
            return None
        grant = Grant(row[1], row[2], row[3], datetime.fromisoformat(row[7]))
        return Code(grant, row[4], row[5], row[6], used=bool(row[8]))

    def use_code(self, code: str) -> bool:
        """Use a code up; False when somebody was faster."""
        return (
            self._store.write("UPDATE codes SET used = 1 WHERE code = ? AND used = 0", (code,)) == 1
        )

    def mint_refresh(self, grant: Grant, token: str | None = None) -> str:
        """A refresh token (or a given text as one)."""
        token = token or "Atzr|Local" + secrets.token_urlsafe(48)
        self._store.write(
            "INSERT OR REPLACE INTO refresh_tokens VALUES (?, ?, ?, ?, ?, 0)",
            (token, grant.client_id, grant.user_id, grant.scope, self._clock.now().isoformat()),
        )
        return token

    def refresh(self, token: str) -> Grant | None:
        """What a refresh token stands for."""
        row = self._store.row(
            "SELECT client_id, user_id, scope, revoked FROM refresh_tokens WHERE token = ?",
            (token,),
        )
        return Grant(row[0], row[1], row[2], None, revoked=bool(row[3])) if row else None

    def mint_access(self, refresh_token: str, grant: Grant) -> str:
        """An access token of 3600 s; dead ones of more than a day are swept out."""
        token = "Atza|Local" + secrets.token_urlsafe(48)
        now = self._clock.now()
        with self._store.transaction():
            self._store.write(
                "DELETE FROM access_tokens WHERE expires_at < ?",
                ((now - timedelta(days=1)).isoformat(),),
            )
            self._store.write(
                "INSERT INTO access_tokens VALUES (?, ?, ?, ?, ?, ?, 0)",
                (token, refresh_token, grant.client_id, grant.user_id, grant.scope,
                 (now + ACCESS_LIFE).isoformat()),
            )  # fmt: skip
        return token

    def access(self, token: str) -> Grant | None:
        """What an access token stands for, if it is known, alive and not revoked."""
        row = self._store.row(
            "SELECT client_id, user_id, scope, expires_at, revoked FROM access_tokens"
            " WHERE token = ?",
            (token,),
        )
        if row is None or row[4]:
            return None
        expires = datetime.fromisoformat(row[3])
        return None if self._clock.now() >= expires else Grant(row[0], row[1], row[2], expires)

    def revoke(self, *, client_id: str | None = None, token: str | None = None) -> int:
        """Revoke refresh tokens (one, a client's, or all) and their access tokens; how many."""
        where, values = "1 = 1", []
        if token is not None:
            where, values = "token = ?", [token]
        elif client_id is not None:
            where, values = "client_id = ?", [client_id]
        with self._store.transaction():
            found = self._store.rows(
                f"SELECT token FROM refresh_tokens WHERE revoked = 0 AND {where}",  # noqa: S608
                values,
            )
            for (refresh_token,) in found:
                self._store.write(
                    "UPDATE refresh_tokens SET revoked = 1 WHERE token = ?", (refresh_token,)
                )
                self._store.write(
                    "UPDATE access_tokens SET revoked = 1 WHERE refresh_token = ?", (refresh_token,)
                )
        return len(found)

    def expire_access(self, *, client_id: str | None = None, token: str | None = None) -> int:
        """End access tokens now (their refresh tokens stay good); how many."""
        if token is not None:
            return self._store.write("DELETE FROM access_tokens WHERE token = ?", (token,))
        if client_id is not None:
            return self._store.write("DELETE FROM access_tokens WHERE client_id = ?", (client_id,))
        return self._store.write("DELETE FROM access_tokens")
