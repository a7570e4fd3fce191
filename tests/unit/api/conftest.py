"""A token store in memory, a budget without waits, and clients over them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from amc.api.ads import DspApi, ProfileApi
from amc.api.caller import Caller
from amc.api.client import AccountApi, AmcApi, InstanceApi
from amc.api.http import Transport
from amc.api.lwa import AccessTokens, LoginWithAmazon
from amc.clock import Clock, FrozenClock
from amc.errors import DatabaseError, MissingError
from amc.settings import Settings

CLIENT_ID = "amzn1.application-oa2-client.exampleclientid0001"


@dataclass(frozen=True)
class KeptGrant:
    refresh_token: str
    client_id: str
    region: str
    access_token: str | None
    access_expires_at: datetime | None
    refused_until: datetime | None = None
    refused_reason: str = ""


@dataclass
class MemoryStore:
    """Does what the database does, for threads of one process."""

    clock: Clock
    grants: dict[str, KeptGrant] = field(default_factory=dict)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    claims: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    saves_to_refuse: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self, connection_id: str) -> KeptGrant:
        if connection_id not in self.grants:
            raise MissingError
        return self.grants[connection_id]

    def try_claim_refresh(self, connection_id: str, owner: str, until: datetime) -> bool:
        with self.lock:
            held = self.claims.get(connection_id)
            if held and held[0] != owner and held[1] >= self.clock.now():
                return False
            self.claims[connection_id] = (owner, until)
            return True

    def save_tokens(
        self,
        connection_id: str,
        owner: str,
        *,
        access_token: str,
        expires_at: datetime,
        refresh_token: str,
    ) -> None:
        with self.lock:
            if self.saves_to_refuse:
                self.saves_to_refuse -= 1
                raise DatabaseError
            held = self.claims.get(connection_id)
            if held is None or held[0] != owner:
                return
            del self.claims[connection_id]
            self.grants[connection_id] = replace(
                self.grants[connection_id],
                access_token=access_token,
                access_expires_at=expires_at,
                refresh_token=refresh_token,
            )
            self.states[connection_id] = ("valid", "")

    def mark_state(
        self, connection_id: str, state: str, reason: str, *, again_at: datetime | None = None
    ) -> None:
        self.states[connection_id] = (state, reason)
        self.grants[connection_id] = replace(
            self.grants[connection_id], refused_until=again_at, refused_reason=reason
        )

    def forget_access(self, connection_id: str, access_token: str) -> None:
        with self.lock:
            grant = self.grants[connection_id]
            if grant.access_token == access_token:
                ended = self.clock.now() - timedelta(seconds=1)
                self.grants[connection_id] = replace(grant, access_expires_at=ended)

    def release(self, connection_id: str, owner: str) -> None:
        with self.lock:
            if self.claims.get(connection_id, ("",))[0] == owner:
                del self.claims[connection_id]


@dataclass(frozen=True)
class OpenTurn:
    wait_s: float
    taken: bool
    told: list[float]

    def reached(self, after_s: float) -> None:
        self.told.append(after_s)


@dataclass
class OpenBudget:
    """Counts what is asked of it; waits only when told."""

    waits: list[float] = field(default_factory=list)
    reserved: list[tuple[str, bool]] = field(default_factory=list)
    slowed: list[float | None] = field(default_factory=list)
    sped: int = 0
    lateness: list[float] = field(default_factory=list)

    def reserve(
        self, key: str, *, interactive: bool = False, patience_s: float = 20.0
    ) -> "OpenTurn":
        self.reserved.append((key, interactive))
        wait_s = self.waits.pop(0) if self.waits else 0.0
        return OpenTurn(wait_s, wait_s <= patience_s, self.lateness)

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        self.slowed.append(retry_after_s)

    def speed_up(self, key: str) -> None:
        self.sped += 1


@pytest.fixture
def api_settings(tmp_path: Any) -> Settings:
    return Settings(
        _env_file=None,
        amazon_client_id=CLIENT_ID,
        amazon_client_secret="EXAMPLE-SECRET",
        api_url="https://advertising-api.amazon.com",
        data_dir=tmp_path,
        download_hosts=("amc-output.example.com", ".amazonaws.com"),
    )


@pytest.fixture
def kit(api_settings: Settings, clock: FrozenClock) -> Iterator[SimpleNamespace]:
    """Everything to make clients with; `pace` moves when something waits."""
    made = make_kit(api_settings, clock)
    yield made
    made.transport.close()


@pytest.fixture
def new_kit() -> Iterator[Callable[[Settings, FrozenClock], SimpleNamespace]]:
    """Makes kits for other settings."""
    made: list[SimpleNamespace] = []

    def build(settings: Settings, clock: FrozenClock) -> SimpleNamespace:
        made.append(make_kit(settings, clock))
        return made[-1]

    yield build
    for one in made:
        one.transport.close()


def make_kit(settings: Settings, clock: FrozenClock) -> SimpleNamespace:
    pace = FrozenClock(clock.now())
    transport = Transport(
        allowed_hosts=settings.outbound_hosts,
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        clock=clock,
    )
    login = LoginWithAmazon(settings, transport)
    store = MemoryStore(clock)
    store.grants["one"] = KeptGrant(
        "Atzr|EXAMPLE-REFRESH-TOKEN",
        CLIENT_ID,
        "NA",
        "Atza|EXAMPLE-ACCESS-TOKEN",
        clock.now() + timedelta(hours=1),
    )
    budget = OpenBudget()

    def tokens() -> AccessTokens:
        return AccessTokens("one", store, login, clock, pace=pace)

    def caller(region: str = "NA", *, interactive: bool = False) -> Caller:
        return Caller(
            base_url=settings.api_base(region),
            client_id=settings.client_id,
            tokens=tokens(),
            transport=transport,
            budget=budget,
            rate_key=f"{settings.client_id}|{region}",
            interactive=interactive,
            pace=pace,
            random=lambda: 0.5,
        )

    def instance(instance_id: str = "amcexample1") -> InstanceApi:
        return InstanceApi(
            caller(),
            entity_id="ENTITY1EXAMPLE0001",
            marketplace_id="ATVPDKIKX0DER",
            instance_id=instance_id,
            download_hosts=settings.download_hosts,
        )

    def account(entity_id: str = "ENTITY1EXAMPLE0001") -> AccountApi:
        return AccountApi(caller(), entity_id=entity_id, marketplace_id="ATVPDKIKX0DER")

    return SimpleNamespace(
        settings=settings,
        clock=clock,
        pace=pace,
        transport=transport,
        login=login,
        store=store,
        budget=budget,
        tokens=tokens,
        caller=caller,
        instance=instance,
        account=account,
        discovery=lambda region="NA": AmcApi(caller(region)),
        profile=lambda profile_id="1111111111111": ProfileApi(caller(), profile_id),
        dsp=lambda advertiser_id="570000000000000001": DspApi(caller(), advertiser_id),
    )
