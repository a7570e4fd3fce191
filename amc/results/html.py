"""A result as one HTML page that loads nothing from elsewhere."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from amc.results.columns import ResultColumn
from amc.results.duck import ident
from amc.results.tables import Table

_MOST_ROWS = 5_000  # a browser stays quick up to here
_BATCH = 1_000

_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#1f2933;background:#fff}
h1{font-size:1.3rem} table{border-collapse:collapse;margin:1rem 0}
th,td{border-bottom:1px solid #d9e2ec;padding:.25rem .6rem;text-align:left;vertical-align:top}
th{position:sticky;top:0;background:#f0f4f8}
td.n{text-align:right;font-variant-numeric:tabular-nums}
td.b{color:#627d98} .m td:first-child{color:#627d98} pre{white-space:pre-wrap;margin:0}
""".strip()
# Scripts of the chart are inline; nothing may be fetched.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " img-src data: blob:; font-src data:"
)


def write_html(
    table: Table, to: Path, *, title: str, manifest: Mapping[str, object], figure_html: str
) -> list[str]:
    """Write the page; sentences on what was left out.

    Args:
        table: the rows.
        to: the file.
        title: heading; a plain one when empty.
        manifest: where the result comes from.
        figure_html: a chart as HTML of our own making; everything else here is escaped.
    """
    notices = []
    if table.rows > _MOST_ROWS:
        notices.append(
            f"The table shows the first {_MOST_ROWS:,} of {table.rows:,} rows; the CSV export has"
            " all."
        )
    heading = escape(title or "AMC result")
    with to.open("w", encoding="utf-8", errors="replace") as page:
        page.write(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
            f"<title>{heading}</title><style>{_STYLE}</style></head><body><h1>{heading}</h1>"
        )
        page.write(figure_html)
        page.writelines(f"<p>{escape(notice)}</p>" for notice in notices)
        page.write("<table><thead><tr>")
        page.writelines(f"<th>{escape(c.label or c.name)}</th>" for c in table.columns)
        page.write("</tr></thead><tbody>\n")
        chosen = ", ".join(ident(column.name) for column in table.columns)
        query = f"SELECT {chosen} FROM {table.source} LIMIT {_MOST_ROWS}"  # noqa: S608 - names of the schema, quoted
        found = table.connection.cursor().execute(query)
        while rows := found.fetchmany(_BATCH):
            page.writelines(_row(row, table.columns) for row in rows)
        page.write('</tbody></table><table class="m"><tbody>\n')
        for key, value in manifest.items():
            page.write(
                f"<tr><td>{escape(str(key))}</td><td><pre>{escape(str(value))}</pre></td></tr>\n"
            )
        page.write("</tbody></table></body></html>\n")
    return notices


def _row(row: tuple[Any, ...], columns: tuple[ResultColumn, ...]) -> str:
    cells = "".join(_cell(value, column) for value, column in zip(row, columns, strict=True))
    return f"<tr>{cells}</tr>\n"


def _cell(value: Any, column: ResultColumn) -> str:
    if value is None:
        return '<td class="b">–</td>'
    if column.is_number:
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
