"""A local AMC on a free port for the tests, and a caller that knows its headers."""

import atexit
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from amc.clock import SystemClock
from amc.sandbox.http.sandbox import Sandbox
from amc.sandbox.http.server import listen, make_server
from amc.sandbox.http.wiring import make_sandbox
from amc.sandbox.runner.options import Options
from amc.sandbox.world import load_world

CLIENT, SECRET = "amzn1.application-oa2-client.local", "local"
RETURN_TO = "http://127.0.0.1:9/callback"
SCOPE = "advertising::campaign_management profile"
FAST = {"pending_s": 0, "running_s": 0, "rate_per_s": 0, "provisioning_s": 0.4}
FINAL = {"SUCCEEDED", "FAILED", "REJECTED", "CANCELLED"}


# Events are the same for all tests: made once for a run of them.
EVENTS = Path(tempfile.mkdtemp(prefix="amc-events-"))
atexit.register(shutil.rmtree, EVENTS, ignore_errors=True)


@dataclass
class Site:
    """A running local AMC as a client sees it."""

    url: str
    sandbox: Sandbox
    tokens: dict[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def grant(self, scope: str = SCOPE, user: str | None = None) -> dict[str, str]:
        """A pair of tokens by the consent page and the code grant."""
        query = {
            "client_id": CLIENT,
            "scope": scope,
            "response_type": "code",
            "redirect_uri": RETURN_TO,
            "local_consent": "allow",
        } | ({"local_user": user} if user else {})
        page = self.session.get(f"{self.url}/ap/oa", params=query, allow_redirects=False)
        code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
        return self.token(grant_type="authorization_code", code=code, redirect_uri=RETURN_TO).json()

    def token(self, **form: str) -> requests.Response:
        """The token call as a form; client id and secret are added."""
        both = {"client_id": CLIENT, "client_secret": SECRET} | form
        return self.session.post(f"{self.url}/auth/o2/token", data=both)

    @property
    def headers(self) -> dict[str, str]:
        """ClientId and a good token."""
        if not self.tokens:
            self.tokens = self.grant()
        return {
            "Amazon-Advertising-API-ClientId": CLIENT,
            "Authorization": f"Bearer {self.tokens['access_token']}",
        }

    @property
    def account(self) -> Any:
        return self.sandbox.directory.accounts()[0]

    def instance_id(self, kind: str = "STANDARD", number: int = 0) -> str:
        """The n-th of the first account's instances of a kind with DSP, the smallest first."""
        world = load_world(self.sandbox.world_name)
        found = [
            instance
            for instance in world.accounts[0].instances
            if instance.kind == kind and instance.has_dsp
        ]
        return sorted(found, key=lambda item: item.events_per_month)[number].instance_id

    def account_headers(self, instance_id: str | None = None) -> dict[str, str]:
        """All four headers, for the account of an instance (or the first)."""
        entity_id = self.account.entity_id
        if instance_id is not None:
            entity_id = self.sandbox.instances.entity_of(instance_id) or entity_id
        account = self.sandbox.directory.account(entity_id)
        return self.headers | {
            "Amazon-Advertising-API-AdvertiserId": entity_id,
            "Amazon-Advertising-API-MarketplaceId": account.marketplace_id,
        }

    def profile_headers(self, kind: str = "vendor") -> dict[str, str]:
        """ClientId, token and the Scope of a profile."""
        profile = next(p for p in self.sandbox.directory.profiles() if p.kind == kind)
        return self.headers | {"Amazon-Advertising-API-Scope": str(profile.profile_id)}

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """A request to an admin path with all four headers."""
        headers = self.account_headers() | more.pop("headers", {})
        return self.session.request(method, self.url + path, headers=headers, **more)

    def report(
        self, method: str, path: str, instance_id: str | None = None, **more: Any
    ) -> requests.Response:
        """A request to `/amc/reporting/<instance>` + path with all four headers."""
        instance = instance_id or self.instance_id()
        headers = self.account_headers(instance) | more.pop("headers", {})
        return self.session.request(
            method, f"{self.url}/amc/reporting/{instance}{path}", headers=headers, **more
        )

    def run(
        self, body: dict[str, Any], instance_id: str | None = None, wait: bool = True
    ) -> dict[str, Any]:
        """Create an execution, and wait for its end."""
        made = self.report("POST", "/workflowExecutions", instance_id, json=body)
        assert made.status_code == 200, made.text
        execution_id = made.json()["workflowExecutionId"]
        return self.wait(execution_id, instance_id) if wait else made.json()

    def wait(
        self, execution_id: str, instance_id: str | None = None, **want: Any
    ) -> dict[str, Any]:
        """Poll until the end of an execution, or until a status that is wanted."""
        wanted = want.get("status", FINAL)
        return eventually(
            lambda: self._seen(execution_id, instance_id, wanted),
            f"{execution_id} to become {wanted}",
        )

    def _seen(
        self, execution_id: str, instance_id: str | None, wanted: set[str]
    ) -> dict[str, Any] | None:
        found = self.report("GET", f"/workflowExecutions/{execution_id}", instance_id).json()
        return found if found["status"] in wanted else None

    def local(self, method: str, path: str, **more: Any) -> Any:
        """A call of the admin endpoints, which must work."""
        answer = self.session.request(method, f"{self.url}/_local{path}", **more)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **fault: Any) -> dict[str, Any]:
        """Switch a fault on."""
        return self.local("POST", "/faults", json=fault)


def eventually(check: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true answer of a check."""
    clock = SystemClock()
    until = clock.monotonic() + seconds
    while clock.monotonic() < until:
        found = check()
        if found:
            return found
        clock.sleep(0.02)
    pytest.fail(f"waited {seconds} s in vain for {what}")


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Site]:
    """A server in a thread of this process, until the block ends."""
    world = options.pop("world", "default")
    clock = options.pop("clock", None)
    made = make_sandbox(
        folder,
        world_name=world,
        clock_spec=clock,
        cache=EVENTS,
        options=Options.model_validate(FAST | options),
    )
    server = make_server(made)
    sock = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    site = Site(f"http://127.0.0.1:{sock.getsockname()[1]}", made)
    try:
        eventually(lambda: server.started or not thread.is_alive(), "the server to start")
        yield site
    finally:
        server.should_exit = True
        thread.join(20)
        site.session.close()
        sock.close()
