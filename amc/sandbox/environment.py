"""What the local AMC takes from the environment: the names it shares with the product."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from amc.errors import SettingsError

_ROOT = Path(__file__).resolve().parents[2]


class Environment(BaseSettings):
    """Defaults of the command line; the same names, `.env` and meaning as for the product."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    port: int = Field(8600, validation_alias="AMC_SANDBOX_PORT", ge=0, le=65535)
    data_dir: Path = Field(_ROOT / "data", validation_alias="AMC_DATA_DIR")
    clock: str = Field("", validation_alias="AMC_CLOCK")

    @property
    def state_dir(self) -> Path:
        """Where its state lives, beside the product's data."""
        return self.data_dir.expanduser().absolute() / "sandbox"


def read_environment() -> Environment:
    """The defaults of this process.

    Raises:
        SettingsError: names every wrong setting at once.
    """
    try:
        return Environment()
    except ValidationError as exc:
        problems = exc.errors(include_input=False, include_url=False)
        raise SettingsError(
            "; ".join(f"{p['loc'][0]}: {p['msg']}" for p in problems) + "."
        ) from None
