"""The editor's bundle by itself in Chromium, with a Streamlit of four lines around it."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from amc.services.instances import SourceReach
from amc.settings import ROOT
from amc.ui.editor.schema import schema_text
from tests.browser.test_editor import box, text_of

BUNDLE = ROOT / "amc" / "ui" / "editor" / "dist" / "editor.js"

SCHEMA = schema_text(
    SourceReach(
        ["Alder", "Birch"],
        {"dsp_impressions": frozenset({0, 1}), "dsp_clicks": frozenset({1})},
        unasked=1,
        own=[],
    )
)

HARNESS = """<!doctype html><div id="place"></div><button>after</button><a href="#x">away</a>
<script type="module">
import render from "/editor.js";
const root = document.getElementById("place").attachShadow({mode: "open"});
root.innerHTML = '<link rel="stylesheet" href="/editor.css"><div class="amc-desk"></div>';
window.sent = []; window.ran = [];
window.show = data => render({data, parentElement: root,
  setStateValue: (name, value) => sent.push(value),
  setTriggerValue: (name, value) => ran.push(value)});
window.ready = true;
</script>"""


class Bench:
    """The bundle by itself, with a Streamlit made of four lines around it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.route(
            "http://editor.test/", lambda r: r.fulfill(body=HARNESS, content_type="text/html")
        )
        page.route(
            "http://editor.test/editor.js",
            lambda r: r.fulfill(path=BUNDLE, content_type="text/javascript"),
        )
        page.route(
            "http://editor.test/editor.css",
            lambda r: r.fulfill(path=BUNDLE.with_suffix(".css"), content_type="text/css"),
        )
        self.open()

    def open(self) -> None:
        self.page.goto("http://editor.test/")
        self.page.wait_for_function("window.ready")

    def stop_time(self) -> None:
        """From here on time passes in `pass_time` alone, however busy the machine is."""
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)
        self.open()

    def pass_time(self, seconds: float) -> None:
        self.page.clock.run_for(int(seconds * 1000))

    def show(self, text: str, *, revision: int = 0, session: str = "s", **more: object) -> None:
        data = {"text": text, "revision": revision, "session": session, "findings": []}
        fixed = {"schema": asdict(SCHEMA), "owner": "ann", "placeholder": "", "label": "AMC SQL"}
        self.page.evaluate("data => { show(data) }", data | fixed | more)

    def sent(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("sent")
        assert all(value.pop("schema") == SCHEMA.hash for value in found)
        self.claims = [value.pop("claim", None) for value in found]
        return found

    def wait_sent(self, text: str) -> None:
        self.page.wait_for_function("text => sent.at(-1)?.text === text", arg=text)


@pytest.fixture
def bench(chromium: Browser) -> Any:
    context = chromium.new_context()
    yield Bench(context.new_page())
    context.close()


def finding(line: int, column: int, end: int, replacement: str | None = None) -> dict[str, Any]:
    place = {"line": line, "column": column, "end_line": line, "end_column": end}
    fix = None
    if replacement is not None:
        fix = {"title": "Mend", "replacement": replacement}
        fix |= {"start_line": line, "start_column": column}
        fix |= {"end_line": line, "end_column": end}
    return {"code": "c", "severity": "error", "message": "No.", "fix": fix} | place


def test_typing_is_sent_after_a_pause_and_once(bench: Bench) -> None:
    bench.stop_time()
    bench.show("")
    box(bench.page).focus()
    for letter in "abcdef":
        bench.page.keyboard.type(letter)
        bench.pass_time(0.3)
    assert bench.sent() == []
    bench.pass_time(0.2)
    assert bench.sent() == [{"text": "abcdef", "revision": 0}]
    bench.pass_time(60)
    assert bench.sent() == [{"text": "abcdef", "revision": 0}]


def test_leaving_the_editor_sends_at_once(bench: Bench) -> None:
    bench.stop_time()
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("abc")
    bench.page.get_by_role("button", name="after").focus()
    assert bench.sent() == [{"text": "abc", "revision": 0}]


def test_leaving_by_a_link_does_not_call_the_page_back(bench: Bench) -> None:
    bench.stop_time()
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("abc")
    bench.page.get_by_role("link", name="away").click()
    bench.pass_time(3)
    assert bench.sent() == []
    bench.open()
    bench.show("")
    assert text_of(bench.page) == "abc"
    assert bench.sent() == [{"text": "abc", "revision": 0}]


def test_control_and_enter_run_the_newest_text(bench: Bench) -> None:
    bench.stop_time()
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("abc")
    bench.page.keyboard.press("ControlOrMeta+Enter")
    assert [(r["text"], r["revision"]) for r in bench.page.evaluate("ran")] == [("abc", 0)]
    assert bench.sent() == [{"text": "abc", "revision": 0}]
    assert text_of(bench.page) == "abc"


def test_a_late_answer_about_an_older_text_changes_nothing(bench: Bench) -> None:
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("one two", delay=10)
    bench.show("one")
    assert text_of(bench.page) == "one two"


def test_a_new_revision_keeps_what_was_typed_meanwhile_and_can_be_undone(bench: Bench) -> None:
    bench.show("SELECT campaing FROM t")
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+End")
    bench.page.keyboard.type(" x")
    bench.show("SELECT campaign FROM t", revision=1)
    assert text_of(bench.page) == "SELECT campaign FROM t x"
    assert bench.sent()[-1] == {"text": "SELECT campaign FROM t x", "revision": 1}
    bench.page.keyboard.press("ControlOrMeta+z")
    assert text_of(bench.page) == "SELECT campaing FROM t x"


def test_a_server_that_forgot_gets_the_text_back(bench: Bench) -> None:
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("abc")
    bench.wait_sent("abc")
    bench.show("", session="another")
    assert text_of(bench.page) == "abc"
    assert len(bench.sent()) == 2


def test_a_draft_returns_after_a_reload_to_its_owner_alone(bench: Bench) -> None:
    bench.stop_time()
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("secret")
    bench.open()
    bench.show("", session="another", owner="bob")
    assert text_of(bench.page) == ""
    bench.open()
    bench.show("", session="third")
    assert text_of(bench.page) == "secret"
    assert bench.sent() == [{"text": "secret", "revision": 0}]


def test_a_draft_does_not_replace_a_text_that_the_app_put_there(bench: Bench) -> None:
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("old")
    bench.open()
    bench.show("from a template", session="another", revision=1)
    assert text_of(bench.page) == "from a template"


def mark(draft: str, version: int = 1, *, restored: bool = False) -> dict[str, Any]:
    return {"id": draft, "version": version, "restored": restored}


def typed_and_reloaded(bench: Bench, *, saved: bool) -> None:
    """A tab that wrote "mine" as draft dr_a, and is loaded anew."""
    bench.show("", draft=mark(""))
    box(bench.page).focus()
    bench.page.keyboard.type("mine")
    bench.wait_sent("mine")
    if saved:
        bench.show("mine", draft=mark("dr_a", 3))
    bench.open()


def test_a_tab_takes_the_servers_newer_word_of_its_own_draft(bench: Bench) -> None:
    typed_and_reloaded(bench, saved=True)
    bench.show("mine, later", session="t", revision=1, draft=mark("dr_a", 4, restored=True))
    assert text_of(bench.page) == "mine, later"
    assert bench.sent() == []


def test_a_tab_goes_on_with_what_the_server_has_not_kept(bench: Bench) -> None:
    typed_and_reloaded(bench, saved=False)
    bench.show("older", session="t", revision=1, draft=mark("dr_b", 7, restored=True))
    assert text_of(bench.page) == "mine"
    assert bench.sent() == [{"text": "mine", "revision": 1}]
    assert bench.claims == [mark("")]


def test_a_tab_goes_on_with_its_own_draft_when_another_was_restored(bench: Bench) -> None:
    typed_and_reloaded(bench, saved=True)
    bench.show("another", session="t", revision=1, draft=mark("dr_b", 7, restored=True))
    assert text_of(bench.page) == "mine"
    bench.sent()
    assert bench.claims == [mark("dr_a", 3)]


def test_a_server_that_restarted_gets_what_is_on_the_screen(bench: Bench) -> None:
    bench.show("", draft=mark(""))
    box(bench.page).focus()
    bench.page.keyboard.type("mine")
    bench.wait_sent("mine")
    bench.show("mine", draft=mark("dr_a", 3))
    bench.show("old", session="t", revision=1, draft=mark("dr_b", 7, restored=True))
    assert text_of(bench.page) == "mine"
    assert bench.sent()[-1] == {"text": "mine", "revision": 1}
    assert bench.claims[-1] == mark("dr_a", 3)
    bench.show("mine", session="t", revision=1, draft=mark("dr_a", 3))
    assert len(bench.sent()) == 2


def test_a_draft_opened_by_the_app_replaces_the_tabs_own(bench: Bench) -> None:
    typed_and_reloaded(bench, saved=True)
    bench.show("from a template", session="t", revision=1, draft=mark("", 0))
    assert text_of(bench.page) == "from a template"


def test_columns_count_characters_beyond_the_basic_plane_once(bench: Bench) -> None:
    bench.show("SELECT '😀😀', bad FROM t", findings=[finding(1, 14, 17)])
    expect(bench.page.locator(".cm-lintRange-error")).to_have_text("bad")


def test_the_gutter_is_as_high_as_the_editor(bench: Bench) -> None:
    bench.show("SELECT 1")
    height = bench.page.locator(".cm-gutters").evaluate("part => part.offsetHeight")
    assert height >= 320


def test_an_empty_place_is_still_shown(bench: Bench) -> None:
    bench.show("SELECT", findings=[finding(1, 7, 7)])
    expect(bench.page.locator(".cm-lintRange-error")).to_have_text("T")
    bench.show("", revision=1, findings=[finding(1, 1, 1)])
    assert text_of(bench.page) == ""


def test_a_fix_in_the_tooltip_changes_its_place_even_after_typing_before_it(bench: Bench) -> None:
    bench.show("SELECT bad FROM t", findings=[finding(1, 8, 11, "good")])
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+Home")
    bench.page.keyboard.insert_text("-- note\n")
    bench.page.locator(".cm-lintRange-error").hover()
    bench.page.get_by_role("button", name="Mend").click()
    assert text_of(bench.page) == "-- note\nSELECT good FROM t"
    bench.wait_sent("-- note\nSELECT good FROM t")


def test_a_fix_in_the_list_changes_its_place_even_after_typing_before_it(bench: Bench) -> None:
    bench.show("SELECT bad FROM t", findings=[finding(1, 8, 11, "good")])
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+Home")
    bench.page.keyboard.insert_text("-- note\n")
    bench.page.get_by_role("button", name="Mend").click()
    assert text_of(bench.page) == "-- note\nSELECT good FROM t"
    bench.wait_sent("-- note\nSELECT good FROM t")
    bench.page.keyboard.press("ControlOrMeta+z")
    assert text_of(bench.page) == "-- note\nSELECT bad FROM t"


def test_a_fix_whose_text_has_been_rewritten_changes_nothing(bench: Bench) -> None:
    bench.show("SELECT bad FROM t", findings=[finding(1, 8, 11, "good")])
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+a")
    bench.page.keyboard.insert_text("SELECT other FROM t")
    bench.page.get_by_role("button", name="Mend").click()
    assert text_of(bench.page) == "SELECT other FROM t"


def test_the_list_leads_to_the_place_and_tells_why(bench: Bench) -> None:
    rules = {"c": {"what": "It is bad.", "why": "AMC says so."}}
    bench.show("SELECT 1,\n  bad FROM t", findings=[finding(2, 3, 6)], rules=rules)
    page = bench.page
    expect(page.locator(".amc-summary")).to_have_text("1 error")
    page.get_by_role("button", name="line 2, column 3").click()
    expect(box(page)).to_be_focused()
    page.keyboard.insert_text("good")
    assert text_of(page) == "SELECT 1,\n  good FROM t"
    expect(page.get_by_text("AMC says so.")).to_be_hidden()
    page.get_by_text("Why", exact=True).click()
    expect(page.get_by_text("It is bad. AMC says so. c")).to_be_visible()
    bench.show("SELECT 1,\n  good FROM t")
    expect(page.locator(".amc-summary")).to_have_text("✓ No findings")


def test_a_refused_run_leads_to_the_first_error(bench: Bench) -> None:
    found = [finding(1, 1, 2) | {"severity": "hint"}, finding(1, 8, 11)]
    bench.show("SELECT bad FROM t", findings=found, refusals=0)
    bench.show("SELECT bad FROM t", findings=found, refusals=1)
    expect(box(bench.page)).to_be_focused()
    bench.page.keyboard.insert_text("good")
    assert text_of(bench.page) == "SELECT good FROM t"


def test_what_somebody_else_wrote_is_shown_as_text(bench: Bench) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    said = finding(1, 8, 11, hostile) | {"message": hostile}
    said["fix"]["title"] = hostile
    bench.show("SELECT bad FROM t", findings=[said])
    expect(bench.page.get_by_role("button", name=hostile)).to_be_visible()
    assert bench.page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("before", "typed", "after", "wanted"),
    [
        ("SELECT ", "SU", " FROM dsp_clicks", "SUM"),
        ("SELECT * FROM ", "dsp_cl", "", "dsp_clicks"),
        ("SELECT ", "clic", " FROM dsp_clicks", "clicks"),
        ("SELECT ", "sel", "", "SELECT"),
        (
            "WITH reach AS (SELECT COUNT(*) AS people FROM dsp_clicks) SELECT ",
            "r.",
            " FROM reach r",
            "people",
        ),
        ("WITH reach AS (SELECT 1 AS a) SELECT * FROM ", "rea", "", "reach"),
        (
            "WITH a AS (SELECT i.* FROM dsp_impressions i), b AS (SELECT * FROM a) SELECT ",
            "x.creative_i",
            " FROM b x",
            "creative_id",
        ),
        ("SELECT ", "s.peo", " FROM (SELECT COUNT(*) AS people FROM dsp_clicks) s", "people"),
        (
            "SELECT n FROM (SELECT ",
            "i.total_c",
            " AS n FROM dsp_impressions i) WHERE n > 1",
            "total_cost",
        ),
        (
            "SELECT 1 FROM dsp_clicks a UNION ALL SELECT ",
            "b.total_c",
            " FROM dsp_impressions b",
            "total_cost",
        ),
        (
            "WITH c (first_one) AS (SELECT campaign FROM dsp_clicks) SELECT ",
            "c.fi",
            " FROM c",
            "first_one",
        ),
        (
            "SELECT ",
            "e.tot",
            " FROM TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P1D', 'P1D')) e",
            "total_cost",
        ),
        (
            "SELECT 1 FROM dsp_clicks c JOIN dsp_impressions i ON c.user_id = ",
            "i.user",
            "",
            "user_id",
        ),
        (
            "SELECT 1 FROM sponsored_ads_traffic WHERE ad_product_type = '",
            "spo",
            "'",
            "sponsored_products",
        ),
        ("SELECT CUSTOM_PARAMETER('brand'), CUSTOM_PARAMETER('", "b", "')", "brand"),
        ("SELECT BUILT_IN_PARAMETER('", "TIME", "')", "TIME_WINDOW_END"),
        ("SELECT {{ asins }}, {{ ", "as", " }}", "asins"),
    ],
)
def test_completion_offers(bench: Bench, before: str, typed: str, after: str, wanted: str) -> None:
    bench.show(before + after)
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+Home")
    for _ in before:
        bench.page.keyboard.press("ArrowRight")
    bench.page.keyboard.type(typed, delay=20)
    bench.page.keyboard.press("Control+Space")
    options = bench.page.locator(".cm-tooltip-autocomplete .cm-completionLabel")
    expect(options.filter(has_text=wanted).first).to_be_visible()
    assert wanted in options.all_inner_texts()


def test_the_schema_is_sent_on_wish_when_the_page_has_forgotten_it(bench: Bench) -> None:
    bench.show("", schema={"hash": "unknown", "text": None})
    assert bench.page.evaluate("ran") == ["unknown"]
    bench.show("SELECT 1", revision=1)
    assert text_of(bench.page) == "SELECT 1"


@pytest.mark.parametrize(
    ("text", "word", "said"),
    [
        ("SELECT SUM(clicks) FROM dsp_clicks", "SUM", "SUM(x)"),
        ("SELECT campaign FROM dsp_impressions", "dsp_impressions", "On every instance."),
        ("SELECT campaign FROM dsp_clicks", "dsp_clicks", "On 1 of 2 instances; not on Alder."),
        ("SELECT i.campaign FROM dsp_impressions i", "campaign", "from dsp_impressions as i"),
        ("SELECT total_cost FROM dsp_impressions", "total_cost", "millicents"),
        ("SELECT user_id FROM dsp_impressions", "user_id", "VERY_HIGH · never"),
        ("WITH r AS (SELECT COUNT(*) AS n FROM dsp_clicks) SELECT n FROM r AS x", "x", "r CTE"),
        ("SELECT CUSTOM_PARAMETER('brand') FROM dsp_clicks", "brand", "ARRAY[STRING]"),
    ],
)
def test_a_word_tells_what_it_is_under_the_pointer(
    bench: Bench, text: str, word: str, said: str
) -> None:
    use = {"name": "brand", "type": "ARRAY[STRING]", "certain": True, "placeholder": False}
    bench.show(text, parameters=[use | {"uses": ["compared with x (line 1)"]}])
    place = bench.page.evaluate(PLACE, [word, text.rindex(word)])
    bench.page.mouse.move(place["x"], place["y"])
    bench.page.mouse.move(place["x"] + 1, place["y"])
    expect(bench.page.locator(".cm-tooltip-hover")).to_contain_text(said)


PLACE = """([word, at]) => {
  const root = document.getElementById("place").shadowRoot;
  const walker = document.createTreeWalker(root.querySelector(".cm-line"), NodeFilter.SHOW_TEXT);
  let left = at, node = walker.nextNode();
  while (node.length <= left) { left -= node.length; node = walker.nextNode(); }
  const range = document.createRange();
  range.setStart(node, left); range.setEnd(node, left + 1);
  const { left: x, top, width, height } = range.getBoundingClientRect();
  return { x: x + width / 2, y: top + height / 2 };
}"""


def explorer(bench: Bench, *terms: str) -> Page:
    page = bench.page
    if not page.get_by_label("Search tables and columns").is_visible():
        page.locator(".amc-explorer > summary").click()
    page.get_by_label("Search tables and columns").fill(" ".join(terms))
    return page


def test_the_explorer_finds_columns_by_their_description_and_a_click_inserts(bench: Bench) -> None:
    bench.show("SELECT  FROM dsp_impressions i JOIN dsp_clicks c ON i.user_id = c.user_id")
    box(bench.page).focus()
    bench.page.keyboard.press("ControlOrMeta+Home")
    for _ in "SELECT ":
        bench.page.keyboard.press("ArrowRight")
    page = explorer(bench, "dsp_impressions", "total_cost")
    page.get_by_role("button", name="dsp_impressions", exact=True).first.click()
    page.get_by_title("Insert total_cost").first.click()
    expect(box(page)).to_be_focused()
    page.keyboard.type(", ")
    page.get_by_role("button", name="Insert dsp_impressions", exact=True).click()
    expected = "SELECT i.total_cost, dsp_impressions FROM dsp_impressions i"
    assert text_of(page).startswith(expected)
    bench.wait_sent(text_of(page))


def test_the_explorer_shows_thresholds_units_and_where_a_table_is(bench: Bench) -> None:
    bench.show("")
    page = explorer(bench, "dsp_clicks")
    row = page.get_by_role("list", name="Data sources").get_by_role("listitem").first
    expect(row).to_contain_text("1 of 2 instances")
    page = explorer(bench, "supply_cost")
    expect(page.locator(".amc-unit").first).to_have_text("microcents")
    page = explorer(bench, "user_id")
    expect(page.locator(".amc-t-VERY_HIGH").first).to_have_text("VERY_HIGH · never")
    page = explorer(bench, "nothing like this")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()


def test_the_explorer_narrows_to_what_an_instance_has(bench: Bench) -> None:
    bench.show("")
    page = explorer(bench)
    expect(page.get_by_role("button", name="Insert sponsored_ads_traffic")).to_be_visible()
    page.get_by_label("Instance", exact=True).select_option("Alder")
    expect(page.get_by_text("1 data source", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Insert dsp_clicks")).to_have_count(0)
    page.get_by_label("for audiences").check()
    expect(page.get_by_text("2 data sources", exact=True)).to_be_visible()


def test_nothing_is_offered_in_comments_and_strings(bench: Bench) -> None:
    bench.show("")
    box(bench.page).focus()
    bench.page.keyboard.type("-- sel", delay=20)
    bench.page.keyboard.press("Control+Space")
    bench.page.wait_for_timeout(300)
    expect(bench.page.locator(".cm-tooltip-autocomplete")).to_have_count(0)


def test_the_built_file_is_the_one_that_its_source_describes() -> None:
    built = BUNDLE.read_text(encoding="utf-8")
    for name in ("amc.sql.draft:", "CUSTOM|BUILT_IN", "input.server", "input.explorer"):
        assert name in built
    assert "http://" not in built.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in built
    assert json.loads((ROOT / "editor-src" / "package.json").read_text())["private"] is True
