"""Which template runs on which instance, and why not elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from amc.db.engine import Database
from amc.services.access import TO_DO, WORDS
from amc.services.instance_views import Known
from amc.services.instances import InstancesService
from amc.services.scope import Scoped
from amc.services.templates import TemplatesService
from amc.templates import Template

Ability = Literal["runs", "in_part", "cannot", "unknown"]


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether a template runs on an instance.

    Attributes:
        ability: *runs* as it is; *in_part*: with a choice other than its usual one; *cannot*;
            *unknown*: nobody has asked Amazon for the instance's data sources.
        reason: why not, or with which choice; empty when it simply runs.
        missing: data sources that are needed and not there.
    """

    instance_id: str
    template: str
    ability: Ability
    reason: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CapabilityMatrix:
    """Every instance against every template."""

    instances: list[Known]
    templates: list[Template]
    cells: dict[tuple[str, str], Capability]

    def of(self, instance_id: str, template: str) -> Capability:
        """One cell."""
        return self.cells[instance_id, template]


class CapabilitiesService(Scoped):
    """Compares what templates need with what instances have; asks nobody outside."""

    def __init__(
        self, database: Database, instances: InstancesService, templates: TemplatesService
    ) -> None:
        """Keep the parts."""
        self._database, self._instances, self._templates = database, instances, templates

    def matrix(
        self, instance_ids: Iterable[str] | None = None, templates: Iterable[str] | None = None
    ) -> CapabilityMatrix:
        """Every instance in use (or those named) against every template (or those named).

        Raises:
            MissingError: an instance or a template is not there.
        """
        chosen = self._templates.all()
        if templates is not None:
            chosen = [self._templates.get(name) for name in templates]
        known = self._instances.known(instance_ids)
        cells = {(k.view.instance_id, t.name): capability(k, t) for k in known for t in chosen}
        return CapabilityMatrix(known, chosen, cells)


def capability(known: Known, template: Template) -> Capability:
    """Whether a template runs on an instance."""
    key = (known.view.instance_id, template.name)
    closed = why_closed(known)
    if closed:
        return Capability(*key, "cannot", closed)
    if known.sources is None:
        return Capability(*key, "unknown", "its data sources were not asked for yet; sync it")
    best: tuple[str, ...] | None = None
    for number, (words, needed) in enumerate(_ways(template)):
        missing = _missing(needed, known.sources)
        if not missing:
            return Capability(*key, "in_part" if number else "runs", words if number else "")
        if best is None or len(missing) < len(best):
            best = missing
    return Capability(*key, "cannot", lacking(best or ()), best or ())


def why_closed(known: Known) -> str:
    """Why nothing at all runs on an instance; empty when it is open."""
    view = known.view
    if view.gone_at is not None:
        return "the instance is gone at Amazon"
    if view.access != "ok":
        word = WORDS.get(view.access, view.access).lower()
        return f"{word} ({view.access_reason or TO_DO.get(view.access, '')})"
    if view.creation_status not in ("", "COMPLETED", "SUCCEEDED"):
        return f"Amazon has not finished making it ({view.creation_status.lower()})"
    return ""


def why_not(known: Known, needs: Sequence[str]) -> str:
    """Why a text that reads these data sources does not run on an instance; empty when it does."""
    closed = why_closed(known)
    if closed or known.sources is None:
        return closed
    return lacking(_missing(needs, known.sources))


def lacking(missing: Sequence[str]) -> str:
    """Data sources that are not there, in words; empty for none."""
    if not missing:
        return ""
    if all(name.startswith("dsp_") for name in missing):
        return f"it has no Amazon DSP data ({', '.join(missing)})"
    return f"it has no {', '.join(missing)}"


def _missing(needed: Iterable[str], there: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in needed if name.lower() not in there)


def _ways(template: Template) -> list[tuple[str, tuple[str, ...]]]:
    """The ways in which a template may be run: words and data sources; the usual one first."""
    sections = [p for p in template.parameters if p.binding == "section"]
    found = []
    for values in product(*([(c.value, c.label) for c in p.choices] for p in sections)):
        chosen = {p.name: value for p, (value, _) in zip(sections, values, strict=True)}
        usual = all(chosen[p.name] == p.default for p in sections)
        words = "; ".join(f"{p.label}: {v[1]}" for p, v in zip(sections, values, strict=True))
        found.append((not usual, words, template.fields.needed_sources(chosen)))
    found.sort(key=lambda way: way[0])
    return [(words, needed) for _, words, needed in found]
