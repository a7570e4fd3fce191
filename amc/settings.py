"""The one settings class, and the only reader of the environment.

Every field is documented in `.env.example`; a test compares the two.
"""

import re
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from amc.errors import SettingsError

_HOST = re.compile(r"([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
# What the local AMC takes from everybody.
LOCAL_CLIENT_ID = "amzn1.application-oa2-client.local"
SEVERITIES = ("error", "warning", "hint", "off")
Region = Literal["NA", "EU", "FE"]
ROOT = Path(__file__).resolve().parents[1]

# Amazon's own hosts by region: Login with Amazon and Amazon Ads API documentation.
AMAZON_API = {
    "NA": "https://advertising-api.amazon.com",
    "EU": "https://advertising-api-eu.amazon.com",
    "FE": "https://advertising-api-fe.amazon.com",
}
AMAZON_LWA = {
    "NA": "https://api.amazon.com",
    "EU": "https://api.amazon.co.uk",
    "FE": "https://api.amazon.co.jp",
}
AMAZON_AUTHORIZE = {
    "NA": "https://www.amazon.com/ap/oa",
    "EU": "https://eu.account.amazon.com/ap/oa",
    "FE": "https://apac.account.amazon.com/ap/oa",
}


# The settings that hold a web address.
_ADDRESSES = (
    "api_url",
    "api_url_eu",
    "api_url_fe",
    "lwa_url",
    "lwa_url_eu",
    "lwa_url_fe",
    "authorize_url",
    "authorize_url_eu",
    "authorize_url_fe",
    "amazon_redirect_uri",
    "s3_endpoint_url",
    "app_url",
)


def _env(name: str, default: Any, description: str, **more: Any) -> Any:
    return Field(
        default, validation_alias=AliasChoices(name, name.lower()), description=description, **more
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host in ("localhost", "::1"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """What can be set from outside; durations in seconds (`_s`), sizes in bytes (`_bytes`)."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    # Amazon
    amazon_client_id: str = _env("AMAZON_CLIENT_ID", "", "Login with Amazon client id")
    amazon_client_secret: SecretStr = _env(
        "AMAZON_CLIENT_SECRET", SecretStr(""), "Login with Amazon client secret"
    )
    amazon_redirect_uri: str = _env(
        "AMAZON_REDIRECT_URI", "", "Where Amazon sends the browser back to (default: the app's own)"
    )
    api_url: str = _env("AMC_API_URL", "", "Amazon Ads API, region NA (empty: the local AMC)")
    api_url_eu: str = _env("AMC_API_URL_EU", "", "Amazon Ads API, region EU")
    api_url_fe: str = _env("AMC_API_URL_FE", "", "Amazon Ads API, region FE")
    lwa_url: str = _env("AMC_LWA_URL", "", "Login with Amazon tokens, region NA")
    lwa_url_eu: str = _env("AMC_LWA_URL_EU", "", "Login with Amazon tokens, region EU")
    lwa_url_fe: str = _env("AMC_LWA_URL_FE", "", "Login with Amazon tokens, region FE")
    authorize_url: str = _env("AMC_AUTHORIZE_URL", "", "Login with Amazon consent page, region NA")
    authorize_url_eu: str = _env("AMC_AUTHORIZE_URL_EU", "", "Consent page, region EU")
    authorize_url_fe: str = _env("AMC_AUTHORIZE_URL_FE", "", "Consent page, region FE")
    download_hosts: Annotated[tuple[str, ...], NoDecode] = _env(
        "AMC_DOWNLOAD_HOSTS",
        (".amazonaws.com",),
        "Hosts that results may be downloaded from, beside the API's own; a leading dot: and below",
    )
    auto_connect: bool | None = _env(
        "AMC_AUTO_CONNECT", None, "Connect by itself where consent is automatic (empty: loopback)"
    )
    host_label: str = _env("AMC_HOST_LABEL", "", "Shown in the frame when it is not Amazon's own")

    # Storage
    data_dir: Path = _env("AMC_DATA_DIR", ROOT / "data", "Where everything is kept")
    database_url_raw: SecretStr = _env(
        "DATABASE_URL", SecretStr(""), "PostgreSQL URL (empty: SQLite in the data folder)"
    )
    key_file_raw: Path | None = _env(
        "AMC_KEY_FILE", None, "The encryption key (default: beside the data folder's database)"
    )
    s3_bucket_name: str = _env("S3_BUCKET_NAME", "", "Keep results in this bucket (empty: folder)")
    s3_prefix: str = _env("AMC_S3_PREFIX", "amc-results", "Key prefix inside the bucket")
    s3_endpoint_url: str = _env("AMC_S3_ENDPOINT_URL", "", "Another S3 server than Amazon's")
    s3_region: str = _env("AMC_S3_REGION", "us-east-1", "Region of the bucket")

    # Ports and addresses
    app_port: int = _env("AMC_APP_PORT", 8501, "Port of the app", ge=1, le=65535)
    sandbox_port: int = _env("AMC_SANDBOX_PORT", 8600, "Port of the local AMC", ge=1, le=65535)
    app_host: str = _env("AMC_APP_HOST", "127.0.0.1", "Address that the app listens on")
    app_url: str = _env("AMC_APP_URL", "", "The app's address as browsers see it")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = _env(
        "AMC_ALLOWED_HOSTS", (), "Further names that browsers may reach the app by"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = _env(
        "AMC_TRUSTED_PROXIES", (), "Proxies whose X-Forwarded-For is believed: addresses, networks"
    )

    # Time
    clock: str = _env("AMC_CLOCK", "", "Clock specification (empty: the system's clock)")
    default_zone: str = _env("AMC_ZONE", "UTC", "Time zone that pages show unless chosen")
    data_offset_s: int = _env("AMC_DATA_OFFSET_S", 48 * 3600, "Data is complete after this", ge=0)

    # Amazon's limits (second-hand: settings, never constants)
    rate_per_s: float = _env("AMC_RATE_PER_S", 10.0, "Requests a second", gt=0)
    rate_key: Literal["client_region", "client", "account"] = _env(
        "AMC_RATE_KEY", "client_region", "What the rate is counted for"
    )
    max_per_instance: int = _env("AMC_MAX_PER_INSTANCE", 10, "Parallel runs per instance", ge=1)
    max_per_account: int = _env("AMC_MAX_PER_ACCOUNT", 200, "Parallel runs per account", ge=1)
    listing_lag_s: float = _env(
        "AMC_LISTING_LAG_S", 60.0, "How late an accepted run may show in Amazon's list", ge=0
    )
    connect_timeout_s: float = _env("AMC_CONNECT_TIMEOUT_S", 3.0, "To open a connection", gt=0)
    read_timeout_s: float = _env("AMC_READ_TIMEOUT_S", 30.0, "To wait for an answer", gt=0)
    poll_min_s: float = _env("AMC_POLL_MIN_S", 2.0, "First wait between two looks", gt=0)
    poll_max_s: float = _env("AMC_POLL_MAX_S", 300.0, "Longest wait between two looks", gt=0)
    stalled_after_s: float = _env("AMC_STALLED_AFTER_S", 86400.0, "Then a run counts as stalled")

    # SQL
    sql_severities: Annotated[tuple[tuple[str, str], ...], NoDecode] = _env(
        "AMC_SQL_SEVERITIES",
        (),
        "Other severities of the SQL checker: rule=error|warning|hint|off, comma-separated",
    )

    # Engine and scheduler
    engine_poll_s: float = _env("AMC_ENGINE_POLL_S", 0.25, "How often the engine looks for work")
    engine_workers: int = _env("AMC_ENGINE_WORKERS", 8, "Steps at the same time", ge=1)
    lease_s: float = _env("AMC_LEASE_S", 60.0, "A silent step is begun anew after this", ge=5)
    tick_s: float = _env("AMC_TICK_S", 5.0, "How often the scheduler looks for due slots", gt=0)
    heartbeat_s: float = _env("AMC_HEARTBEAT_S", 5.0, "How often a process says it lives", gt=0)
    dead_after_s: float = _env("AMC_DEAD_AFTER_S", 30.0, "A silent process counts as dead", gt=0)

    # Sign-in
    session_idle_s: int = _env("AMC_SESSION_IDLE_S", 8 * 3600, "A silent session ends", ge=60)
    session_max_s: int = _env("AMC_SESSION_MAX_S", 24 * 3600, "Every session ends", ge=60)
    admin_name: str = _env("AMC_ADMIN_NAME", "admin", "Name of the first administrator")

    # Log
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _env(
        "AMC_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"
    )
    log_json: bool | None = _env("AMC_LOG_JSON", None, "JSON lines (empty: unless on a terminal)")
    extra_template_dir: Path | None = _env("AMC_TEMPLATE_DIR", None, "More templates, yours")

    @field_validator("download_hosts", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(p.strip() for p in value.split(",") if p.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if not _HOST.fullmatch(word):
                raise ValueError(
                    f"'{word}' is no host; write such as amc.internal, 10.0.0.5:8501 or "
                    "[fd00::5], comma-separated"
                )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            try:
                ip_network(word)
            except ValueError:
                raise ValueError(
                    f"'{word}' is no address or network; write such as 10.0.0.5, 10.1.0.0/16 or "
                    "fd00::/8, comma-separated"
                ) from None
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator(*_ADDRESSES)
    @classmethod
    def _web_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = not value or (parts.scheme in ("http", "https") and bool(parts.hostname))
            _ = parts.port
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("write an address such as https://advertising-api.amazon.com")
        if value and (parts.username is not None or parts.password is not None):
            # It would stand in every message that names the host.
            raise ValueError("leave user name and password out of the address")
        return value

    @field_validator("default_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise ValueError(
                f"{value!r} is not a time zone; write a name such as Europe/Berlin"
            ) from None
        return value

    @field_validator("sql_severities", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = []
        for part in (p.strip() for p in value.split(",")):
            code, _, severity = (p.strip() for p in part.partition("="))
            if part and (not code or severity.lower() not in SEVERITIES):
                raise ValueError(
                    f"'{part}' is not such as limit=warning; the severities are "
                    f"{', '.join(SEVERITIES)}"
                )
            if part:
                pairs.append((code.lower(), severity.lower()))
        return tuple(pairs)

    @field_validator("data_dir", "extra_template_dir", "key_file_raw", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else value

    @property
    def sandbox_url(self) -> str:
        """Where the supervisor puts the local AMC."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def on_loopback(self) -> bool:
        """Whether the Ads API is on this machine: defaults for client and hosts follow from it."""
        return _is_loopback(self.api_url or self.sandbox_url)

    @property
    def only_local(self) -> bool:
        """Whether no address of Amazon's side is another machine's."""
        return all(_is_loopback(f"//{host}") for host in self.outbound_hosts)

    @property
    def starts_sandbox(self) -> bool:
        """Whether the supervisor starts a local AMC: no URL was set."""
        return not self.api_url

    def api_base(self, region: str) -> str:
        """The Ads API of a region."""
        chosen = {"NA": self.api_url, "EU": self.api_url_eu, "FE": self.api_url_fe}.get(region, "")
        local = self.api_url or self.sandbox_url
        return (chosen or (local if self.on_loopback else AMAZON_API[region])).rstrip("/")

    def lwa_base(self, region: str) -> str:
        """The token host of a region (without path)."""
        chosen = {"NA": self.lwa_url, "EU": self.lwa_url_eu, "FE": self.lwa_url_fe}.get(region, "")
        if not chosen and self.on_loopback:
            chosen = self.lwa_url or self.api_base(region)
        return (chosen or AMAZON_LWA[region]).rstrip("/")

    def authorize_page(self, region: str) -> str:
        """The consent page of a region (whole address without query)."""
        chosen = {
            "NA": self.authorize_url,
            "EU": self.authorize_url_eu,
            "FE": self.authorize_url_fe,
        }.get(region, "")
        if not chosen and self.on_loopback:
            chosen = self.authorize_url or f"{self.lwa_base(region)}/ap/oa"
        return chosen or AMAZON_AUTHORIZE[region]

    @property
    def app_base_url(self) -> str:
        """The app's address as browsers see it."""
        return (self.app_url or f"http://localhost:{self.app_port}").rstrip("/")

    @property
    def redirect_uri(self) -> str:
        """Where Amazon sends the browser back to."""
        return self.amazon_redirect_uri or f"{self.app_base_url}/oauth/callback"

    @property
    def client_id(self) -> str:
        """The LwA client id; the local AMC's well-known one when none is set on loopback."""
        if self.amazon_client_id or not self.on_loopback:
            return self.amazon_client_id
        return LOCAL_CLIENT_ID

    @property
    def client_secret(self) -> SecretStr:
        """The LwA client secret, likewise."""
        if self.amazon_client_secret.get_secret_value() or not self.on_loopback:
            return self.amazon_client_secret
        return SecretStr("local")

    @property
    def connects_by_itself(self) -> bool:
        """Whether a first connection may be made without a person."""
        return self.on_loopback if self.auto_connect is None else self.auto_connect

    @property
    def label(self) -> str:
        """What the frame shows about the host; empty for Amazon's own."""
        return self.host_label or ("Local AMC" if self.on_loopback else "")

    @cached_property
    def outbound_hosts(self) -> frozenset[str]:
        """`host:port` of every URL that requests may go to."""
        reached = (self.api_base, self.lwa_base, self.authorize_page)
        urls = [url(region) for region in ("NA", "EU", "FE") for url in reached]
        return frozenset(urlsplit(u).netloc.lower() for u in urls)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL, with its driver named."""
        raw = self.database_url_raw.get_secret_value()
        if not raw:
            return f"sqlite:///{self.data_dir / 'amc.db'}"
        for plain in ("postgresql://", "postgres://"):
            if raw.startswith(plain):
                # SQLAlchemy 2.1 reads the plain form as psycopg 3, which is not our driver.
                return "postgresql+psycopg2://" + raw.removeprefix(plain)
        return raw

    @property
    def key_file(self) -> Path:
        """Where the encryption key lives: outside the repository's tracked files, mode 0600."""
        return self.key_file_raw or self.data_dir / "keys" / "fernet.key"


def load_settings(**override: Any) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: names every wrong setting at once.
    """
    try:
        return Settings(**override)
    except ValidationError as exc:
        names = dict(Settings.model_fields)
        lines = []
        for problem in exc.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0])
            alias = names[name].validation_alias if name in names else None
            shown = alias.choices[0] if isinstance(alias, AliasChoices) else name
            said = str(problem["msg"]).removeprefix("Value error, ")
            lines.append(f"{shown}: {said}")
        raise SettingsError("; ".join(lines) + ".") from None
