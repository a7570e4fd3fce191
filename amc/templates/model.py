"""What a template is: the fields of its YAML file, checked by pydantic."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

ParameterType = Literal[
    "string",
    "integer",
    "decimal",
    "boolean",
    "date",
    "enum",
    "string_list",
    "integer_list",
    "campaign_list",
    "asin_list",
]
LIST_TYPES: frozenset[str] = frozenset(
    {"string_list", "integer_list", "campaign_list", "asin_list"}
)

# How a value gets into the query: as a parameter of AMC, as literals in VALUES rows, as one of
# the names in `choices`, or by choosing which marked sections of the SQL stay.
Binding = Literal["parameter", "values", "name", "section"]

ChartKind = Literal[
    "bar", "stacked_bar", "line", "scatter", "funnel", "sankey", "overlap", "heatmap", "table"
]
Unit = Literal[
    "count", "currency", "ratio", "percent", "seconds", "hours", "days", "per_user", "text", ""
]

Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\r\n]+$")]
SlugText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)]
NameText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Part(BaseModel):
    """What all parts share: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Choice(Part):
    """One value that an enum parameter may take.

    Attributes:
        value: what is sent (or chosen).
        label: what the reader sees.
    """

    value: Line
    label: Line


class Parameter(Part):
    """One question that a template asks before it runs.

    Attributes:
        name: as in `CUSTOM_PARAMETER('name')`, `{{ name }}` or `--: when name is …`.
        label: the question in a few words.
        type: what a value must be.
        binding: how the value gets into the query.
        required: whether the user has to give a value when there is no default.
        default: the value when none is given; an optional parameter must have one.
        min: the smallest number or date; for text and lists the smallest length.
        max: the largest number or date; for text and lists the largest length.
        choices: of an enum, or of a name.
        pattern: a regular expression that the whole text (each element) must match.
        unit: of a number, such as days.
        help: what the value does, for the form.
        advanced: whether the form folds it away.
    """

    name: NameText
    label: Line
    type: ParameterType
    binding: Binding = "parameter"
    required: bool = False
    default: Any = None
    min: int | Decimal | str | None = None
    max: int | Decimal | str | None = None
    choices: Annotated[tuple[Choice, ...], Strict(strict=False)] = ()
    pattern: Annotated[str, Field(max_length=200)] | None = None
    unit: Unit = ""
    help: Text
    advanced: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return self.type in LIST_TYPES


class Source(Part):
    """A data source that the query reads.

    Attributes:
        name: as in AMC.
        when: for a section of the SQL only: parameter name to the choices that keep it.
    """

    name: NameText
    when: dict[NameText, Annotated[tuple[Line, ...], Strict(strict=False)]] = Field(
        default_factory=dict
    )


class Needs(Part):
    """What an instance must have.

    Attributes:
        sources: the data sources that are read.
        paid: names of paid features, none for most.
        note: what that means in plain words (DSP or not, for instance).
    """

    sources: Annotated[tuple[Source, ...], Strict(strict=False), Field(min_length=1)]
    paid: Annotated[tuple[Line, ...], Strict(strict=False)] = ()
    note: Text


class Output(Part):
    """One column of the result.

    Attributes:
        name: as in the CSV: lower case.
        title: for people.
        role: whether it names something or measures it.
        type: the kind of value, in the words of `amc.results`; `list` is AMC's printed array.
        unit: of a metric.
        key: what its values can be joined with for names: campaign ids, ASINs, ad products.
        description: what it counts and how.
    """

    name: NameText
    title: Line
    role: Literal["dimension", "metric"]
    type: Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "list"]
    unit: Unit = ""
    key: Literal["campaign_id", "asin", "ad_product", ""] = ""
    description: Text


class Maturity(Part):
    """How long figures still change after the data is complete.

    Attributes:
        days: after the end of the window.
        note: which figures, and why.
    """

    days: Annotated[int, Field(ge=0, le=60)]
    note: Text


class TemplateFields(Part):
    """Everything that the YAML file of a template says.

    Attributes:
        name: unique; the name of the two files.
        title: for people.
        group: the folder.
        version: goes up with every change of meaning.
        question: the question that the result answers, in one sentence.
        description: how it is answered: the method.
        parameters: in the order of the form.
        needs: what an instance must have.
        default_window: a window rule, such as `last-30-days`.
        window_help: how long a window makes sense.
        output: the columns, in order.
        charts: recipes for `amc.charts`; the first one is shown first.
        reading: a guide in Markdown: how to read the result, and what to be careful about.
        privacy: what AMC may hide in this result.
        maturity: when the figures stop moving.
        examples: sets of parameter values that `templates test` runs.
    """

    name: SlugText
    title: Line
    group: SlugText
    version: Line
    question: Line
    description: Text
    parameters: Annotated[tuple[Parameter, ...], Strict(strict=False)] = ()
    needs: Needs
    default_window: Line
    window_help: Text
    output: Annotated[tuple[Output, ...], Strict(strict=False), Field(min_length=1)]
    charts: Annotated[tuple[dict[str, Any], ...], Strict(strict=False)] = ()
    reading: Text
    privacy: Text
    maturity: Maturity
    examples: Annotated[tuple[dict[NameText, Any], ...], Strict(strict=False)] = ()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((p for p in self.parameters if p.name == name), None)

    def needed_sources(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The data sources that the query reads with these (coerced) values."""
        return tuple(
            source.name
            for source in self.needs.sources
            if all(values.get(name) in choices for name, choices in source.when.items())
        )


def is_within(sources: Collection[str], needed: Collection[str]) -> bool:
    """Whether every needed data source is there; letter case does not matter."""
    there = {name.lower() for name in sources}
    return all(name.lower() in there for name in needed)
