"""One installation for each kind of database; each test begins calm."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.chaos.site import Site
from tests.conftest import empty_postgres
from tests.worlds import World


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            url = stack.enter_context(empty_postgres(request.getfixturevalue("postgres_server")))
        world = World(
            tmp_path_factory.mktemp("chaos"),
            database_url=url,
            extra={"AMC_LEASE_S": "5", "AMC_POLL_MAX_S": "2"},
            sandbox_args=("--state-delay-ms", "400"),
        )
        stack.callback(world.stop)
        world.start_sandbox()
        built = stack.enter_context(world.services())
        built.connections.connect_by_itself()
        built.instances.sync("t")
        yield Site(world, built)


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    running.begin()
    yield running
    running.calm()


@pytest.fixture
def still_site(site: Site) -> Site:
    """No scheduler runs, so that what is submitted waits."""
    site.stop_schedulers()
    return site
