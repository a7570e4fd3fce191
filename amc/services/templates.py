"""Templates and SQL by hand: found, rendered, checked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amc.errors import MissingError
from amc.services.sql_texts import SqlTexts
from amc.settings import ROOT, Settings
from amc.sql.placeholders import Probe
from amc.sql.severities import set_severities
from amc.templates import Found, Template, find_templates
from amc.templates.values import coerce_value

SHIPPED = ROOT / "sql_templates"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A text with its values, before it is made ready to be sent."""

    title: str
    version: str
    author_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    shown: dict[str, Any]
    needs: tuple[str, ...]
    # The text that the checker reads when long lists are bound into the one that is sent.
    probe: Probe | None = None
    # What the author wrote, when it holds placeholders.
    written_sql: str = ""


class TemplatesService(SqlTexts):
    """Everything about templates; checking, explaining and formatting of SQL comes with it."""

    def __init__(self, settings: Settings) -> None:
        """The shipped folder, and one of the user's own when set.

        Raises:
            SettingsError: a severity is set for a rule that there is not.
        """
        super().__init__(set_severities(settings.sql_severities))
        self._folders = [SHIPPED] + (
            [settings.extra_template_dir] if settings.extra_template_dir else []
        )
        self._found: Found | None = None

    def all(self) -> list[Template]:
        """Every good template, by group and name."""
        return list(self._load().templates.values())

    def get(self, name: str) -> Template:
        """One template.

        Raises:
            MissingError: there is none of this name; says which there are.
        """
        found = self._load().templates
        if name not in found:
            raise MissingError(
                f"There is no template '{name}'.", hint=f"Known: {', '.join(found) or 'none'}."
            )
        return found[name]

    def check_value(self, template: str, parameter: str, value: Any) -> None:
        """Whether a value can be one of a template's parameter.

        Raises:
            MissingError: no such template.
            ParameterError: it cannot; says why.
        """
        for known in self.get(template).parameters:
            if known.name == parameter:
                coerce_value(known, value)

    def faults(self) -> list[str]:
        """What is wrong with template files, each in a sentence."""
        return [str(fault) for fault in self._load().faults]

    def _load(self) -> Found:
        if self._found is None:
            self._found = find_templates(self._folders)
        return self._found

    def render(
        self,
        template: str,
        sql: str,
        parameters: Mapping[str, Any],
        sources: Collection[str] | None = None,
    ) -> Rendering:
        """The text and values of a run, of a template or of SQL by hand.

        Args:
            template: a name, or empty.
            sql: the author's text, when there is no template.
            parameters: values as given.
            sources: data sources of the instance, when known.

        Raises:
            MissingError, ParameterError: no such template; a value is missing or wrong.
        """
        if not template:
            bound = self.bind_sql(sql, parameters)
            return Rendering(
                "",
                "",
                bound.author_sql,
                bound.declarations,
                bound.parameter_values,
                bound.shown,
                (),
                self.short_form(sql, parameters),
                sql if bound.author_sql != sql else "",
            )
        found = self.get(template)
        made = found.render(parameters, sources)
        return Rendering(
            found.title,
            found.version,
            made.author_sql,
            made.declarations,
            made.parameter_values,
            made.shown,
            made.needs,
        )

    def check_all(self, folders: Iterable[Path] | None = None) -> list[dict[str, str]]:
        """Whether every template file is right: its form, and its SQL with default values."""
        found = find_templates(folders) if folders is not None else self._load()
        problems = [
            {"file": fault.file, "severity": "error", "message": fault.message}
            for fault in found.faults
        ]
        for template in found.templates.values():
            for example in template.examples or ({},):
                made = template.render(example)
                problems += [
                    {
                        "file": template.sql_file,
                        "severity": finding.severity,
                        "message": f"line {finding.line}: {finding.code}: {finding.message}",
                    }
                    for finding in self.check_text(made.author_sql, made.declarations)
                    if finding.severity == "error"
                ]
        return problems
