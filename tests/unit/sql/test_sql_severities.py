"""How strict the checker is, as it is set and on a sandbox."""

import pytest

from amc.errors import SettingsError
from amc.services.templates import TemplatesService
from amc.settings import Settings

LIMITED = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1 LIMIT 5"
EVENTS = "SELECT campaign, clicks FROM dsp_clicks"


def severities(service: TemplatesService, sql: str, *, sandbox: bool = False) -> dict[str, str]:
    written = {f.code: f.severity for f in service.check_sql(sql, sandbox=sandbox)}
    sent = {f.code: f.severity for f in service.check_text(sql, [], sandbox=sandbox)}
    assert written == sent
    return written


def service(*pairs: tuple[str, str]) -> TemplatesService:
    return TemplatesService(Settings(sql_severities=pairs, _env_file=None))  # type: ignore[call-arg]


def test_what_is_set_holds_wherever_sql_is_checked() -> None:
    assert severities(service(), LIMITED) == {"limit": "error"}
    assert severities(service(("limit", "warning")), LIMITED) == {"limit": "warning"}
    assert severities(service(("limit", "off")), LIMITED) == {}


def test_a_sandbox_shows_events_and_takes_limit_unless_it_is_set_otherwise() -> None:
    assert severities(service(), LIMITED, sandbox=True) == {"limit": "warning"}
    assert severities(service(), EVENTS) == {"nothing-aggregated": "warning"}
    assert severities(service(), EVENTS, sandbox=True) == {"nothing-aggregated": "hint"}
    strict = service(("limit", "error"))
    assert severities(strict, LIMITED, sandbox=True) == {"limit": "error"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("order-by", "there is no rule 'order-by'. Did you mean 'outer-order-by'?"),
        ("nonsense-of-all-kinds", "there is no rule 'nonsense-of-all-kinds'."),
        ("syntax", "a text that cannot be read is always an error"),
    ],
)
def test_a_rule_that_cannot_be_set_is_named_at_the_start(code: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        service((code, "off"))
    assert str(caught.value).startswith(f"AMC_SQL_SEVERITIES: {words}")
