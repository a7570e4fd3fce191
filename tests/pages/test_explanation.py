"""The explain panel under the editor."""

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Browser
from tests.pages.test_editor import opened, typed

JOINED = """WITH reach AS (
  SELECT i.campaign, i.user_id, SUM(i.total_cost) AS cost
  FROM dsp_impressions i WHERE i.advertiser_id = CUSTOM_PARAMETER('advertiser') GROUP BY 1, 2
)
SELECT r.campaign, c.user_id AS person, COUNT(DISTINCT r.user_id) AS users, SUM(r.cost) AS cost
FROM reach r LEFT JOIN dsp_clicks c ON r.user_id = c.user_id
WHERE c.campaign_id IN ({{ campaigns }})
GROUP BY 1, 2"""


def panel(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(m.value for m in at.expander[0].markdown)


def test_it_tells_columns_sources_joins_parameters_and_cost(browser: Browser) -> None:
    at = typed(opened(browser), JOINED)
    told = panel(at)
    assert "| `campaign` | STRING | :blue-badge[:material/group: 2 users] |" in told
    assert "| `person` | STRING | :red-badge[:material/visibility_off: never] |" in told
    assert "| `users` | LONG | :green-badge[:material/visibility: always] |" in told
    assert "(microcents)" in told or "(millicents)" in told
    assert "| `dsp_impressions` | `i` | 3 | in the run's window (by `impression_dt_utc`) |" in told
    assert "| 6 | LEFT `r` – `c` | `r.user_id = c.user_id` | :orange-badge" in told
    assert "| `advertiser` | LONG | sent beside the text | compared with" in told
    assert "| `campaigns` |" in told
    assert "bound into the text" in told
    assert "**Likely cost**" in told
    assert any("a column is :red-badge" in m.value for m in at.markdown)


def test_the_last_explanation_stays_while_the_text_cannot_be_read(browser: Browser) -> None:
    good = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1"
    at = typed(opened(browser), good)
    assert any(m.value.startswith("**One row per campaign** · reads 1 data") for m in at.markdown)
    at = typed(at, good + " HAVING")
    assert "`dsp_clicks`" in panel(at)
    assert [c.value for c in at.expander[0].caption] == ["Of the text as it last could be read."]
    at = typed(at, good)
    assert not at.expander[0].caption


def test_a_text_that_was_never_readable_is_explained_later(browser: Browser) -> None:
    at = typed(opened(browser), "SELECT FROM")
    assert not at.exception
    assert any("Explained here as soon as" in c.value for c in at.caption)


def test_it_says_when_errors_make_it_uncertain(browser: Browser) -> None:
    wrong = "SELECT campaing, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1"
    at = typed(opened(browser), wrong)
    said = "as far as can be told with errors"
    assert any(said in m.value for m in at.markdown)
    at = typed(at, wrong.replace("campaing", "campaign"))
    assert not any(said in m.value for m in at.markdown)


def test_names_of_the_author_cannot_break_the_table(browser: Browser) -> None:
    sql = 'SELECT campaign AS "a|b`c", SUM(clicks) AS "<b>x</b>" FROM dsp_clicks GROUP BY 1'
    told = panel(typed(opened(browser), sql))
    assert "| `a¦b'c` | STRING |" in told
