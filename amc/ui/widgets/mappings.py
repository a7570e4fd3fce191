"""Names of campaigns: list, edit, import with verdicts, export, rules, what has no name."""

from collections.abc import Iterable
from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.services.mapping_csv import AD_PRODUCTS, MappingRow, write
from amc.services.mappings import RULE_FIELDS, RULE_OPERATORS, ImportReport, MappingView, RuleView
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.names import SOURCES
from amc.ui.widgets.pager import draw_pager, fetch_page
from amc.ui.widgets.result import SAFE

PAGE = 50


def draw_campaigns(desk: Desk) -> None:
    """The list with its filters, the editor, and a form for a new one."""
    left, middle, right = st.columns([3, 2, 2])
    words = left.text_input(
        "Search", key=keys.MAP_TEXT, placeholder="name or campaign id", bind="query-params"
    ).strip()
    brand = middle.selectbox(
        "Brand",
        ["", *desk.mappings.brands()],
        key=keys.MAP_BRAND,
        bind="query-params",
        format_func=lambda b: b or "All brands",
    )
    product = right.selectbox(
        "Ad product",
        list(AD_PRODUCTS),
        key=keys.MAP_PRODUCT,
        format_func=lambda p: _product(p) if p else "All ad products",
    )
    rows, total = fetch_page(
        keys.MAP_PAGE,
        PAGE,
        lambda limit, offset: desk.mappings.page(
            text=words, brand=brand, ad_product=product, limit=limit, offset=offset
        ),
    )
    if not total and (words or brand or product):
        st.info("No campaign fits these filters.", icon=":material/filter_alt_off:")
    elif not total:
        st.info(
            "No campaign has a name yet. Fetch the names from Amazon, import a CSV, or name the "
            "ids that results held.",
            icon=":material/info:",
        )
    else:
        st.caption(f"{text.count(total, 'campaign')}. Choose a row to change it.")
        _edit(desk, _table(rows))
        draw_pager(keys.MAP_PAGE, total, PAGE)
    with st.expander("Add a mapping"):
        _form(desk, None, "new")


def _product(name: str) -> str:
    return "Amazon DSP" if name == "dsp" else name.replace("_", " ").title() or "any"


def _table(rows: list[MappingView]) -> MappingView | None:
    chosen = st.dataframe(
        pd.DataFrame(
            [
                {
                    "Campaign id": r.campaign_id,
                    "Name": r.name,
                    "Brand": r.brand,
                    "Tags": ", ".join(r.tags),
                    "Ad product": _product(r.ad_product),
                    "From": SOURCES.get(r.source, r.source),
                    "Changed by": r.updated_by,
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
        key=keys.MAP_TABLE,
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = cast("Any", chosen).selection.rows
    return rows[picked[0]] if picked and picked[0] < len(rows) else None


def _edit(desk: Desk, row: MappingView | None) -> None:
    if row is None:
        return
    _form(desk, row, f"edit.{row.ad_product}.{row.campaign_id}.{row.version}")
    if st.button(
        "Remove this mapping",
        icon=":material/delete:",
        key=keys.MAP_REMOVE,
        disabled=not desk.may(Role.ANALYST),
    ):
        desk.mappings.remove(desk.actor, [(row.ad_product, row.campaign_id)])
        st.rerun()


def _form(desk: Desk, row: MappingView | None, key: str) -> None:
    with st.form(f"{keys.MAP_FORM}.{key}", clear_on_submit=row is None):
        left, middle, right = st.columns(3)
        campaign_id = left.text_input(
            "Campaign id", value=row.campaign_id if row else "", disabled=row is not None
        )
        product = left.selectbox(
            "Ad product",
            list(AD_PRODUCTS),
            disabled=row is not None,
            index=list(AD_PRODUCTS).index(row.ad_product) if row else 0,
            format_func=_product,
        )
        name = middle.text_input("Name", value=row.name if row else "", max_chars=500)
        brand = middle.text_input("Brand", value=row.brand if row else "", max_chars=200)
        tags = right.text_input("Tags (comma-separated)", value=", ".join(row.tags) if row else "")
        saved = st.form_submit_button("Save", disabled=not desk.may(Role.ANALYST))
    if saved:
        desk.mappings.save(
            desk.actor,
            ad_product=product,
            campaign_id=campaign_id,
            name=name,
            brand=brand,
            tags=tags.split(","),
            version=row.version if row else None,
        )
        st.rerun()


def draw_unmapped(desk: Desk) -> None:
    """Campaign ids that results held and nobody has named."""
    rows = desk.mappings.unmapped()
    if not rows:
        st.info("Every campaign id of the results has a name.", icon=":material/check_circle:")
        return
    st.caption(f"{text.count(len(rows), 'campaign id')} of results without a name.")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Campaign id": r.campaign_id,
                    "Instance": r.instance_id,
                    "Last seen in": r.execution_id,
                    "Seen": text.instant(r.seen_at, desk.zone),
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
        height=420,
    )
    st.download_button(
        "CSV to fill in",
        blank_csv(r.campaign_id for r in rows),
        "campaigns-without-name.csv",
        "text/csv",
        icon=":material/download:",
        key=keys.MAP_BLANK,
        help=SAFE,
    )


def blank_csv(campaign_ids: Iterable[str]) -> str:
    """A mapping file of these ids whose names are to be filled in."""
    return "".join(write(MappingRow(0, "", key, "", "", ()) for key in campaign_ids))


def draw_import(desk: Desk) -> None:
    """A CSV with a verdict for each row before anything is saved; and the export."""
    uploaded = st.file_uploader(
        "CSV with the columns ad_product, campaign_id, name, brand, tags (tags separated by |)",
        type=["csv", "txt"],
        key=keys.MAP_UPLOAD,
        max_upload_size=20,
    )
    if uploaded is not None:
        content = uploaded.getvalue()
        report = desk.mappings.preview_import(content)
        _report(report)
        good = report.new + report.changed
        if st.button(
            f"Save {text.count(good, 'row')}",
            type="primary",
            key=keys.MAP_SAVE,
            disabled=not good or not desk.may(Role.ANALYST),
        ):
            done = desk.mappings.apply_import(desk.actor, content)
            st.success(
                f"{done.new} new and {done.changed} changed names saved; "
                f"{text.count(len(done.bad), 'row')} could not be used.",
                icon=":material/check_circle:",
            )
    st.divider()
    row = st.container(horizontal=True)
    row.download_button(
        "Export all mappings (safe in spreadsheets)",
        lambda: "".join(desk.mappings.export()),
        "mappings.csv",
        "text/csv",
        icon=":material/download:",
        key=keys.MAP_EXPORT,
        help=f"{SAFE} An import takes the apostrophe off again.",
    )
    row.download_button(
        "Raw CSV (exact bytes)",
        lambda: "".join(desk.mappings.export(raw=True)),
        "mappings-raw.csv",
        "text/csv",
        icon=":material/data_object:",
        key=keys.MAP_EXPORT_RAW,
        help="For programs. A spreadsheet may run cells of it as formulas.",
    )


def _report(report: ImportReport) -> None:
    st.caption(
        f"Read as {report.encoding}, separated by '{_separator(report.separator)}': "
        f"{report.new} new, {report.changed} changed, {report.same} as they are, "
        f"{len(report.bad)} cannot be used."
    )
    rows = [
        {
            "Line": b.line,
            "Verdict": "✕ cannot be used",
            "Campaign id": "",
            "Name": b.text,
            "Why": b.reason,
        }
        for b in report.bad
    ] + [
        {
            "Line": r.line,
            "Verdict": {"new": "＋ new", "changed": "● changed"}.get(v, "= same"),
            "Campaign id": r.campaign_id,
            "Name": r.name,
            "Why": "",
        }
        for r, v in report.rows
    ]
    st.dataframe(pd.DataFrame(rows[:2000]), hide_index=True, width="stretch", height=320)


def _separator(character: str) -> str:
    return "tab" if character == "\t" else character


def draw_rules(desk: Desk) -> None:
    """Rules that give brands, and applying them."""
    st.caption("The first rule that fits gives a campaign its brand.")
    rules = desk.mappings.rules()
    frame = pd.DataFrame(
        [
            {
                "Looks at": r.field,
                "How": r.operator,
                "For": r.value,
                "Brand": r.brand,
                "Tags": ", ".join(r.tags),
            }
            for r in rules
        ],
        columns=["Looks at", "How", "For", "Brand", "Tags"],
    ).astype(str)
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        width="stretch",
        hide_index=True,
        key=keys.RULES_TABLE,
        disabled=not desk.may(Role.ANALYST),
        column_config={
            "Looks at": st.column_config.SelectboxColumn(options=list(RULE_FIELDS)),
            "How": st.column_config.SelectboxColumn(options=list(RULE_OPERATORS)),
        },
    )
    row = st.container(horizontal=True)
    may = desk.may(Role.ANALYST)
    if row.button("Save the rules", key=keys.RULES_SAVE, disabled=not may):
        desk.mappings.set_rules(desk.actor, _rules(edited))
        st.rerun()
    if row.button("Apply the rules", key=keys.RULES_APPLY, disabled=not may or not rules):
        changed = desk.mappings.apply_rules(desk.actor)
        st.success(f"{text.count(changed, 'campaign')} changed.", icon=":material/check_circle:")


def _rules(frame: pd.DataFrame) -> list[RuleView]:
    found = []
    for number, row in enumerate(frame.fillna("").to_dict("records"), start=1):
        tags = [t.strip() for t in str(row["Tags"]).split(",") if t.strip() and t != "None"]
        found.append(
            RuleView(
                number,
                str(row["Looks at"]),
                str(row["How"]),
                str(row["For"]),
                str(row["Brand"]),
                tags,
            )
        )
    return found
