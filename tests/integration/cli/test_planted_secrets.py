"""Secrets are planted, a whole job is done with every kind of failure, and nothing shows them."""

import base64
import gzip
import json
import logging
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from amc.settings import Settings
from amc.ui.cookies import cookie_name
from tests.integration.cli.shell import Said, Shell
from tests.worlds import ROOT, World, free_port, until

Cli = Callable[..., Said]
CLIENT = "amzn1.application-oa2-client.planted"
INSTANCE = "amchnfozgta"
PLANTED = {
    "client secret": "Planted-Cl1ent/Secret+9f27aa==",
    "refresh token": "Atzr|PLANTED-REFRESH-5c1d0b7e",
    "password": "planted-otter-lantern-42",
    "login code": "PLANTEDCODE7b3e91",
    "signature": "feedplanted0123456789abcdefdeadbeef",
}
FOREIGN = f"https://evil.example/file.csv?X-Amz-Expires=900&X-Amz-Signature={PLANTED['signature']}"
SQL = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
# What Amazon gave on the way: any access or refresh token, any signature, any secret in a form.
FORMS = re.compile(
    rb"Atz[ar]\|(?!\*\*\*)[A-Za-z0-9_-]{6,}"
    rb"|(?:Signature|Credential|Security-Token)=(?!\*\*\*|%2A)[A-Za-z0-9%/_-]{8,}"
    rb"|(?:client_secret|code_verifier|refresh_token|access_token)=(?!\*\*\*)[^&\s\"']{6,}",
)


class Leaks:
    """Everything that came out, looked through for what was planted."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.seen = 0
        self.needles: dict[str, bytes] = {}
        for name, secret in PLANTED.items():
            self.plant(name, secret)

    def plant(self, name: str, secret: str) -> None:
        raw = secret.encode()
        self.needles |= {
            name: raw,
            f"{name}, as in an address": quote(secret, safe="").encode(),
            f"{name}, in base64": base64.b64encode(raw).rstrip(b"="),
            f"{name}, in hexadecimal": raw.hex().encode(),
            f"{name}, in UTF-16": secret.encode("utf-16-le"),
            f"{name}, in JSON": json.dumps(secret).strip('"').encode(),
        }

    def look(self, where: str, content: bytes) -> None:
        self.seen += 1
        self.found += [f"{name} in {where}" for name, raw in self.needles.items() if raw in content]
        self.found += [f"{match.group()[:12]!r}… in {where}" for match in FORMS.finditer(content)]

    def look_at_file(self, path: Path) -> None:
        content = path.read_bytes()
        self.look(path.name, content)
        if content.startswith(b"\x1f\x8b"):
            self.look(f"{path.name}, unpacked", gzip.decompress(content))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    self.look(f"{path.name}/{name}", book.read(name))


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[World]:
    data = tmp_path / "data"
    data.mkdir()
    running = World(
        data,
        extra={
            "AMAZON_CLIENT_ID": CLIENT,
            "AMAZON_CLIENT_SECRET": PLANTED["client secret"],
            "AMC_LOG_LEVEL": "DEBUG",
            "AMC_AUTO_CONNECT": "false",
            "AMC_APP_PORT": str(free_port()),
        },
        sandbox_args=(
            *("--state-delay-ms", "20"),
            *("--client", f"{CLIENT}:{PLANTED['client secret']}"),
        ),
        sandbox_state=tmp_path / "sandbox",
    )
    running.start_sandbox()
    requests.post(
        f"{running.url}/_local/tokens",
        json={"client_id": CLIENT, "refresh_token": PLANTED["refresh token"]},
        timeout=20,
    ).raise_for_status()
    yield running
    running.stop()


def fault(world: World, kind: str, **more: object) -> None:
    requests.post(
        f"{world.url}/_local/faults", json={"kind": kind, **more}, timeout=20
    ).raise_for_status()


def mend(world: World) -> None:
    requests.delete(f"{world.url}/_local/faults", timeout=20).raise_for_status()


def test_a_whole_job_with_every_failure_shows_no_secret(
    planted: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    leaks, out = Leaks(), tmp_path / "out"
    out.mkdir()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    shell = Shell(planted, tmp_path, monkeypatch, capsys)

    def cli(*words: str, stdin: str = "") -> Said:
        monkeypatch.delenv("AMC_API_URL", raising=False)
        for name, value in planted.environment.items():
            if name.startswith(("AMC_", "AMAZON_", "DATABASE_URL")):
                monkeypatch.setenv(name, value)
        done = shell(*words, stdin=stdin)
        leaks.look(f"what {words[:2]} wrote", done.out.encode())
        leaks.look(f"the log of {words[:2]}", done.err.encode())
        return done

    added = cli("connections", "add", "--refresh-token", stdin=PLANTED["refresh token"] + "\n")
    assert added.code == 0, added.err[-2000:]
    key = (planted.data_dir / "keys" / "fernet.key").read_text().split()[-1]
    leaks.plant("encryption key", key)
    assert cli("instances", "sync").code == 0
    planted.start_scheduler()
    _failing_calls(planted, cli)
    _runs(planted, cli, out)
    _pages(planted, leaks)
    _broken_set_ups(planted, leaks, cli)
    planted.stop()
    root.handlers[:] = handlers
    root.setLevel(level)

    for path in [*out.rglob("*"), *planted.data_dir.rglob("*")]:
        if path.is_file() and "keys" not in path.relative_to(tmp_path).parts:
            if path.name == "sandbox.log":
                continue  # Amazon's side
            leaks.look_at_file(path)
    dumped = sqlite3.connect(planted.data_dir / "amc.db")
    leaks.look("the dump of the database", "\n".join(dumped.iterdump()).encode())
    dumped.close()
    assert leaks.seen > 60
    assert sorted(set(leaks.found)) == []


def _failing_calls(world: World, cli: Cli) -> None:
    """Every kind of answer that is none, each met by a command."""
    for kind, more in (
        ("throttle", {"retry_after_s": 0}),
        ("server_error", {}),
        ("gateway_timeout", {}),
        ("html", {"status": 403}),
        ("not_json", {}),
        ("timeout_before", {"seconds": 0.1}),
        ("token_expired", {}),
        ("terms_not_accepted", {}),
        ("empty_body", {}),
        ("error_in_200", {}),
        ("token_server_error", {"status": 503}),
    ):
        fault(world, kind, **more)
        if kind == "token_server_error":
            requests.post(f"{world.url}/_local/tokens/expire", timeout=20).raise_for_status()
        assert cli("connections", "test").code != 0, kind
        mend(world)
    assert cli("connections", "test").code == 0


def _runs(world: World, cli: Cli, out: Path) -> None:
    """Results in every form, and downloads that fail."""
    query = out.parent / "query.sql"
    query.write_text(SQL)

    def run(window: str, *more: str) -> Said:
        words = ("--instance", INSTANCE, "--start", window, "--end", "2026-10-01", "--wait")
        return cli("sql", "run", str(query), *words, *more)

    fine = run("2026-09-01", "--out", str(out / "fine.csv"), "--json")
    assert fine.code == 0, fine.err[-2000:]
    execution = json.loads(fine.out)["executions"][0]["id"]
    for form in ("xlsx", "parquet", "csv"):
        cli("executions", "download", execution, "--out", str(out / f"fine.{form}"))
    (out / "manifest.json").write_text(cli("executions", "manifest", execution).out)
    cli("executions", "show", execution)
    fault(world, "link_expired", count=1)
    assert run("2026-09-02").code == 0
    fault(world, "torn_download", count=1)
    assert run("2026-09-03").code == 0
    fault(world, "foreign_link", url=FOREIGN, count=1)
    run("2026-09-04")
    mend(world)
    fault(world, "fail_execution", count=1, reason=f"cannot write {FOREIGN}")
    assert run("2026-09-05").code == 1
    mend(world)
    cli("executions", "list")


def _pages(world: World, leaks: Leaks) -> None:
    """The app's answers to a browser, above all to what comes back from Amazon."""
    with world.services() as services:
        services.users.create(
            "t", "admin", role="admin", password=PLANTED["password"], chosen_by_them=True
        )
        services.users.sign_in("admin", PLANTED["password"], "t")
        session = services.users.claim(services.users.sign_in("admin", PLANTED["password"], "t"))
        begun = services.connections.begin()
    state = begun.partition("state=")[2].partition("&")[0]
    leaks.plant("session", session)
    leaks.plant("state of a login link", state)
    port = world.extra["AMC_APP_PORT"]
    app = world.start(
        *("-m", "streamlit", "run", "app.py", "--server.port", port),
        *("--server.address", "127.0.0.1"),
        name="app",
        cwd=ROOT,
    )
    url = f"http://127.0.0.1:{port}"
    until(lambda: app.poll() is not None or _answers(url), 120, "the app's first answer")
    settings = Settings(_env_file=None, data_dir=world.data_dir, app_port=int(port))
    jar = {cookie_name(settings): session}
    code = PLANTED["login code"]
    for path in (
        f"/oauth/callback?code={code}&state=wrong",
        f"/oauth/callback?code={code}&state={state}",
        f"/oauth/callback?error=access_denied&error_description={quote(FOREIGN)}&state={state}",
        "/settings",
        "/download/ex_doesnotexist0000/csv",
        "/healthz",
        f"/nothing/{code}",
    ):
        answer = requests.get(url + path, cookies=jar, timeout=60, allow_redirects=False)
        assert answer.status_code < 500, path
        head = "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
        leaks.look(f"the head of the answer to {path[:16]}", head.encode())
        leaks.look(f"the answer to {path[:16]}", answer.content)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def _broken_set_ups(world: World, leaks: Leaks, cli: Cli) -> None:
    """`doctor` over what is fine and over what is broken."""
    assert cli("doctor").code == 0
    usual = dict(world.extra)
    requests.post(f"{world.url}/_local/tokens/expire", timeout=20).raise_for_status()
    for broken in (
        {"AMAZON_CLIENT_SECRET": PLANTED["client secret"] + "x"},
        {"AMAZON_CLIENT_ID": "amzn1.other"},
        {"DATABASE_URL": f"postgresql://u:{quote(PLANTED['password'])}@127.0.0.1:9/x"},
        {"AMC_API_URL": f"https://u:{quote(PLANTED['password'])}@127.0.0.1:9"},
    ):
        world.extra = usual | broken
        cli("doctor")
    world.extra = usual
    answer = requests.post(
        f"{world.url}/_local/tokens/revoke",
        params={"refresh_token": PLANTED["refresh token"]},
        timeout=20,
    )
    assert answer.json()["revoked"] == 1
    assert cli("doctor").code == 2
    assert cli("connections", "list").code == 0
