"""Wire models of Login with Amazon."""

from pydantic import BaseModel, ConfigDict


class TokenRequest(BaseModel):
    """The token call: a form or JSON; which fields are needed depends on `grant_type`."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    grant_type: str | None = None
    code: str | None = None
    redirect_uri: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None


class AuthorizeRequest(BaseModel):
    """The query of the consent page."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = ""
    scope: str = ""
    response_type: str = ""
    redirect_uri: str = ""
    state: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
