"""The services over the local AMC by HTTP: one local AMC for all tests here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from amc.clock import Clock, SystemClock
from amc.container import Services, build_services
from amc.settings import Settings
from tests.integration.api.kit import LocalAmc

CLIENT = "amzn1.application-oa2-client.local"
Build = Callable[..., Services]


@pytest.fixture(scope="session")
def running_amc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAmc]:
    with LocalAmc(tmp_path_factory.mktemp("local-amc")) as amc:
        yield amc


@pytest.fixture
def amc(running_amc: LocalAmc) -> Iterator[LocalAmc]:
    running_amc.ask("PUT", "/options", json={"rate_per_s": 0, "auto_consent": False})
    running_amc.ask("PUT", "/clock", json={"now": SystemClock().now().isoformat()})
    yield running_amc
    running_amc.ask("DELETE", "/faults")


@pytest.fixture
def build(amc: LocalAmc, tmp_path: Path) -> Iterator[Build]:
    """Builds services as a new process would; closes them at the end."""
    made: list[Services] = []

    def one(clock: Clock | None = None, **more: Any) -> Services:
        settings = {"api_url": amc.url, "data_dir": tmp_path / "data", "rate_per_s": 1000.0} | more
        made.append(build_services(Settings(_env_file=None, **settings), clock=clock))
        return made[-1]

    yield one
    for services in made:
        services.close()


@pytest.fixture
def services(build: Build) -> Services:
    return build()


def grant(amc: LocalAmc, **more: Any) -> str:
    """A refresh token of the local AMC's."""
    return str(amc.ask("POST", "/tokens", json=more)["refresh_token"])


def decide(address: str, decision: str = "allow", user: str = "") -> dict[str, str]:
    """What a person does on the consent page; gives what the browser brings back."""
    from urllib.parse import parse_qsl, urlsplit

    page = requests.get(address, timeout=20)
    assert page.status_code == 200, page.text
    form = {"decision": decision} | ({"local_user": user} if user else {})
    answer = requests.post(address, data=form, allow_redirects=False, timeout=20)
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def connect(services: Services, **more: str) -> Any:
    """The whole authorization as a person would go through it."""
    back = decide(services.connections.begin(), **more)
    return services.connections.complete(
        state=back.get("state", ""),
        code=back.get("code", ""),
        error=back.get("error", ""),
        description=back.get("error_description", ""),
    )
