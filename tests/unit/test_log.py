import json
import logging

import pytest

from amc.log import configure, get_logger, mask, mask_value

SECRETS = [
    "Atza|IwEBIExampleAccessToken",
    "Atzr|IwEBIExampleRefreshToken",
    "amzn1.oa2-cs.v1.0123456789abcdef",
    "hunter2-of-the-database",
]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer Atza|IwEBIExampleAccessToken",
        "refresh_token=Atzr|IwEBIExampleRefreshToken&grant_type=refresh_token",
        '{"client_secret": "amzn1.oa2-cs.v1.0123456789abcdef"}',
        "postgresql://amc:hunter2-of-the-database@db/amc",
        "https://x.s3.amazonaws.com/part-0.csv?X-Amz-Signature=Atza|IwEBIExampleAccessToken",
    ],
)
def test_secrets_are_masked_in_any_text(text: str) -> None:
    masked = mask(text)
    assert not any(secret in masked for secret in SECRETS)
    assert "***" in masked


def test_the_address_of_a_signed_url_stays_readable() -> None:
    masked = mask("https://host/a/part-0.csv?X-Amz-Expires=600&X-Amz-Signature=abc")
    assert masked == "https://host/a/part-0.csv?***"


def test_values_are_masked_by_the_name_of_their_key_at_any_depth() -> None:
    found = mask_value("headers", {"Authorization": "x", "deep": [{"cookie": "y", "n": 1}]})
    assert found == {"Authorization": "***", "deep": [{"cookie": "***", "n": 1}]}


def test_ordinary_texts_stay_as_they_are() -> None:
    text = "campaign 'Spring = 50 %' on amchnfozgta: 1,234 rows in 3.2 s"
    assert mask(text) == text


def test_log_lines_carry_action_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure(json_lines=True)
        get_logger("t").info("call", action="x.y", token="Atza|abcdef", name="a\nb\x1b[31m")
        try:
            raise ValueError("with Atzr|IwEBIExampleRefreshToken inside")
        except ValueError:
            get_logger("t").exception("broken", action="x.z")
        logging.getLogger("urllib3").warning("GET /x?refresh_token=Atzr|IwEBIExampleRefreshToken")
    finally:
        root.handlers[:], root.level = before
    out = capsys.readouterr().err
    first = json.loads(out.splitlines()[0])
    assert first["action"] == "x.y"
    assert first["token"] == "***"
    assert first["name"] == "a\\x0ab\\x1b[31m"
    assert "Atz" not in out
