from pathlib import Path

import pytest

from amc.settings import Settings
from amc.ui.cookies import cookie_name, local_path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/executions",
        "/executions?id=ex_1&state=FAILED",
        "/?q=a%20b",
        "/query_builder?sql=%2F%2Fx",
    ],
)
def test_a_path_of_our_own_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "executions",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "/x//evil",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "/\u2028evil",
        "/ä",
        "/" + "x" * 3000,
        "/auth/claim",
        "/oauth/callback?state=s",
        "/download/ex_1/csv",
        "/_stcore/stream",
    ],
)
def test_anything_else_leads_to_the_start(path: str) -> None:
    assert local_path(path) == "/"


def test_two_installations_on_one_machine_have_different_cookies(tmp_path: Path) -> None:
    names = {
        cookie_name(Settings(_env_file=None, data_dir=tmp_path / folder)) for folder in ("a", "b")
    }
    assert len(names) == 2


def test_servers_behind_one_address_share_the_cookie(tmp_path: Path) -> None:
    names = {
        cookie_name(
            Settings(_env_file=None, data_dir=tmp_path / folder, app_url="https://amc.example")
        )
        for folder in ("a", "b")
    }
    assert len(names) == 1
    assert names.pop().startswith("__Host-")
