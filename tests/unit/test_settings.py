import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from amc.errors import SettingsError
from amc.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of this folder may be read


def _names() -> set[str]:
    found = set()
    for field in Settings.model_fields.values():
        assert isinstance(field.validation_alias, AliasChoices)
        found.add(str(field.validation_alias.choices[0]))
    return found


def test_every_setting_is_explained_in_the_example_and_no_other() -> None:
    written = set(re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert written == _names()


def test_the_example_itself_gives_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert load_settings() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMC_APP_PORT", "seventy")
    monkeypatch.setenv("AMC_RATE_PER_S", "-1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "AMC_APP_PORT" in str(caught.value)
    assert "AMC_RATE_PER_S" in str(caught.value)


def test_the_plain_postgresql_url_means_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/amc")
    assert load_settings().database_url == "postgresql+psycopg2://u:p@h/amc"


def test_secrets_are_not_in_the_printed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMAZON_CLIENT_SECRET", "very-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:very-secret@h/amc")
    assert "very-secret" not in repr(load_settings())


def test_without_urls_everything_points_at_the_local_amc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMC_SANDBOX_PORT", "9123")
    settings = load_settings()
    assert settings.api_base("EU") == settings.lwa_base("NA") == "http://127.0.0.1:9123"
    assert settings.authorize_page("NA") == "http://127.0.0.1:9123/ap/oa"
    assert settings.outbound_hosts == {"127.0.0.1:9123"}
    assert settings.label == "Local AMC"


def test_amazons_own_hosts_follow_from_its_api_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMC_API_URL", "https://advertising-api.amazon.com")
    settings = load_settings()
    assert settings.api_base("FE") == "https://advertising-api-fe.amazon.com"
    assert settings.lwa_base("EU") == "https://api.amazon.co.uk"
    assert settings.authorize_page("NA") == "https://www.amazon.com/ap/oa"
    assert settings.client_id == ""
    assert settings.label == ""
    assert not settings.connects_by_itself


def test_severities_of_the_checker_are_read_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMC_SQL_SEVERITIES", " limit = Warning,, outer-order-by=hint ,")
    assert load_settings().sql_severities == (("limit", "warning"), ("outer-order-by", "hint"))


@pytest.mark.parametrize("wrong", ["limit", "limit=fatal", "=hint", "limit:warning"])
def test_a_severity_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("AMC_SQL_SEVERITIES", f"money-unit=off,{wrong}")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"AMC_SQL_SEVERITIES: '{wrong}' is not such as limit=")
    assert "error, warning, hint, off" in str(caught.value)


@pytest.mark.parametrize("value", ["https://u:hidden@a.example", "https://u@a.example"])
def test_an_address_with_a_password_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(SettingsError, match="AMC_API_URL: leave user name and password") as told:
        load_settings(_env_file=None, api_url=value)
    assert "hidden" not in str(told.value)
