"""One local AMC for all tests here; switches and faults are put back after each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import open_test_database
from tests.integration.api.kit import Kit, LocalAmc

# Requests are not counted unless a test wants it: the others need no waiting.
USUAL = {"rate_per_s": 0, "pending_s": 0.05, "running_s": 0.05, "listing_lag_s": 0}


@pytest.fixture(scope="session")
def running_amc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAmc]:
    with LocalAmc(tmp_path_factory.mktemp("local-amc"), "--auto-consent") as amc:
        yield amc


@pytest.fixture
def amc(running_amc: LocalAmc) -> Iterator[LocalAmc]:
    running_amc.ask("PUT", "/options", json=USUAL | {"auto_consent": True, "wrapped": False})
    yield running_amc
    running_amc.ask("DELETE", "/faults")


@pytest.fixture
def kit(amc: LocalAmc, database_url: str, tmp_path: Path) -> Iterator[Kit]:
    """A connected kit on SQLite and on PostgreSQL."""
    yield from _kit(amc, database_url, tmp_path)


@pytest.fixture
def lite(amc: LocalAmc, tmp_path: Path) -> Iterator[Kit]:
    """A connected kit on SQLite only, where the database does not matter."""
    yield from _kit(amc, f"sqlite:///{tmp_path / 'amc.db'}", tmp_path)


def _kit(amc: LocalAmc, database_url: str, folder: Path) -> Iterator[Kit]:
    open_test_database(database_url).close()
    kit = Kit.open(amc.url, database_url, folder, rate_per_s=1000.0)
    tokens = amc.ask("POST", "/tokens", json={})
    kit.connect(tokens["refresh_token"], tokens["access_token"])
    first = kit.discovery().list_accounts()[0]
    kit.account = (first.account_id, first.marketplace_id)
    yield kit
    kit.close()
