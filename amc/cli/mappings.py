"""`mappings …`: names of campaigns."""

import argparse
import sys
from pathlib import Path

from amc.cli.context import LIMIT, actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.errors import UsageError
from amc.services.names import NamesProgress
from amc.services.views import as_json


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "mappings", "names and brands of campaign ids")
    listing = add(inner, "list", _list, "mappings, by name")
    listing.add_argument("--text", default="")
    listing.add_argument("--brand", default="")
    listing.add_argument("--limit", type=LIMIT, default=50)
    fetching = add(inner, "fetch", _fetch, "ask Amazon for the names of campaigns and products")
    fetching.add_argument("--again", action="store_true", help="also lists read within a day")
    fetching.add_argument(
        "--background", action="store_true", help="leave it to the scheduler and return at once"
    )
    products = add(inner, "asins", _asins, "products, by title")
    products.add_argument("--text", default="")
    products.add_argument("--limit", type=LIMIT, default=50)
    importing = add(inner, "import", _import, "take names from a CSV file")
    importing.add_argument("file")
    importing.add_argument("--look", action="store_true", help="only show what would change")
    exporting = add(inner, "export", _export, "all mappings as CSV")
    exporting.add_argument("--out", metavar="FILE", help="default: standard output")
    exporting.add_argument(
        "--raw",
        action="store_true",
        help="exact bytes; otherwise cells that a spreadsheet would run are made harmless",
    )
    applying = add(inner, "apply-rules", _apply, "give brands by the rules")
    applying.add_argument("--all", action="store_true", help="also where a brand is set")
    add(inner, "unmapped", _unmapped, "campaign ids of results that have no name")


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows, total = built.mappings.page(text=args.text, brand=args.brand, limit=args.limit)
        output.answer(
            {"mappings": [as_json(r) for r in rows], "total": total},
            table(
                ("ad product", "campaign id", "name", "brand", "tags"),
                [(r.ad_product, r.campaign_id, r.name, r.brand, ", ".join(r.tags)) for r in rows],
            ),
        )
    return 0


def _fetch(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        built.names.request(actor(), force=args.again)
        found = built.names.progress()
        if not args.background:
            said = [""]

            def tell(now: NamesProgress) -> None:
                if (now.done + now.failed) % 25 == 0 and said[0] != now.words:
                    said[0] = now.words
                    output.say(now.words)

            found = built.names.work_off(tell)
        for problem in found.problems:
            output.say(f"{problem.what} of {problem.label or 'a login'}: {problem.reason}")
        output.answer({"names": as_json(found)}, found.words)
    return 1 if found.failed else 0


def _asins(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows, total = built.mappings.asins(text=args.text, limit=args.limit)
        output.answer(
            {"asins": [as_json(r) for r in rows], "total": total},
            table(
                ("asin", "title", "brand", "category", "from"),
                [(r.asin, r.title, r.brand, r.category, r.source) for r in rows],
            ),
        )
    return 0


def _import(args: argparse.Namespace, output: Output) -> int:
    try:
        content = Path(args.file).read_bytes()
    except OSError as exc:
        raise UsageError(f"{args.file} cannot be read: {exc.strerror}.") from None
    with services() as built:
        if args.look:
            report = built.mappings.preview_import(content)
        else:
            report = built.mappings.apply_import(actor(), content)
    for bad in report.bad:
        output.say(f"line {bad.line}: {bad.reason}")
    document = as_json(report)
    document.pop("rows")
    verb = "saved" if report.applied else "would be saved"
    output.answer(
        document,
        f"{report.new} new and {report.changed} changed {verb}, {report.same} as they were, "
        f"{len(report.bad)} rows cannot be used.",
    )
    return 1 if report.bad else 0


def _export(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        if args.out:
            with Path(args.out).open("w", encoding="utf-8", newline="") as file:
                for part in built.mappings.export(raw=args.raw):
                    file.write(part)
            output.answer({"file": args.out}, f"Written to {args.out}")
            return 0
        if output.json:
            rows, total = built.mappings.page(limit=1_000_000)
            output.answer({"mappings": [as_json(r) for r in rows], "total": total}, "")
            return 0
        for part in built.mappings.export(raw=args.raw):
            sys.stdout.write(part)
    return 0


def _apply(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        changed = built.mappings.apply_rules(actor(), only_without_brand=not args.all)
        output.answer({"changed": changed}, f"{changed} campaigns changed.")
    return 0


def _unmapped(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = built.mappings.unmapped()
        output.answer(
            {"unmapped": [as_json(r) for r in rows]},
            table(
                ("campaign id", "instance", "seen in", "at"),
                [(r.campaign_id, r.instance_id, r.execution_id, r.seen_at) for r in rows],
            ),
        )
    return 0
