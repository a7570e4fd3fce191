"""A local AMC as a process of its own, and clients over the real database; for every process."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from amc.api.caller import Caller
from amc.api.client import AccountApi, AmcApi, InstanceApi
from amc.api.http import Transport
from amc.api.lwa import AccessTokens, LoginWithAmazon
from amc.clock import SystemClock
from amc.db.budget import DbRateBudget
from amc.db.crypto import open_sealer
from amc.db.engine import Database, make_engine
from amc.db.models import Connection
from amc.db.tokens import DbTokenStore
from amc.ids import EntityId, InstanceId, MarketplaceId
from amc.settings import Settings

CONNECTION = "cn_0123456789abcdef"
INSTANCE = "amchnfozgta"


class LocalAmc:
    """`python -m amc.sandbox` on a free port, with its switches."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._log = (folder / "sandbox.log").open("w")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "amc.sandbox", "--port", "0"),
                *("--state-dir", str(folder / "state"), "--cache-dir", str(folder / "cache")),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "http://" in line, (folder / "sandbox.log").read_text()[-2000:]
        self.url = line.split()[-1]

    def __enter__(self) -> "LocalAmc":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = requests.request(method, f"{self.url}/_local{path}", timeout=20, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, kind: str, **more: Any) -> None:
        self.ask("POST", "/faults", json={"kind": kind, **more})

    def log(self, what: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.ask("GET", f"/log/{what}")[what]
        return lines


@dataclass
class Kit:
    """Clients of one process over a database."""

    settings: Settings
    database: Database
    transport: Transport
    login: LoginWithAmazon
    store: DbTokenStore
    budget: DbRateBudget
    account: tuple[str, str] = ("", "")

    @classmethod
    def open(cls, url: str, database_url: str, folder: Path, **more: Any) -> "Kit":
        settings = Settings(
            _env_file=None, api_url=url, data_dir=folder, database_url_raw=database_url, **more
        )
        database = Database(make_engine(settings.database_url))
        clock = SystemClock()
        transport = Transport(
            allowed_hosts=settings.outbound_hosts,
            connect_timeout_s=settings.connect_timeout_s,
            read_timeout_s=settings.read_timeout_s,
            clock=clock,
        )
        store = DbTokenStore(database, open_sealer(database, settings.key_file), clock)
        return cls(
            settings,
            database,
            transport,
            LoginWithAmazon(settings, transport),
            store,
            DbRateBudget(database, per_second=settings.rate_per_s),
        )

    def connect(self, refresh_token: str, access_token: str | None = None) -> None:
        """Keep a grant as connection number one."""
        now = SystemClock().now()
        with self.database.write() as session:
            session.add(
                Connection(
                    public_id=CONNECTION,
                    label="one",
                    region="NA",
                    client_id=self.settings.client_id,
                    refresh_token=self.store.seal(refresh_token, CONNECTION, "refresh"),
                    access_token=(
                        self.store.seal(access_token, CONNECTION, "access")
                        if access_token
                        else None
                    ),
                    access_expires_at=now + timedelta(hours=1) if access_token else None,
                    state="valid",
                    state_reason="",
                    amazon_user="",
                    consented_at=now,
                    created_at=now,
                )
            )

    def caller(self) -> Caller:
        return Caller(
            base_url=self.settings.api_base("NA"),
            client_id=self.settings.client_id,
            tokens=AccessTokens(CONNECTION, self.store, self.login, SystemClock()),
            transport=self.transport,
            budget=self.budget,
            rate_key=f"{self.settings.client_id}|NA",
        )

    def discovery(self) -> AmcApi:
        return AmcApi(self.caller())

    def account_api(self, entity_id: str, marketplace_id: str) -> AccountApi:
        return AccountApi(
            self.caller(),
            entity_id=EntityId(entity_id),
            marketplace_id=MarketplaceId(marketplace_id),
        )

    def instance(self, instance_id: str = INSTANCE) -> InstanceApi:
        entity_id, marketplace_id = self.account
        return InstanceApi(
            self.caller(),
            entity_id=EntityId(entity_id),
            marketplace_id=MarketplaceId(marketplace_id),
            instance_id=InstanceId(instance_id),
        )

    def close(self) -> None:
        self.transport.close()
        self.database.close()
