"""The base of all wire models: camelCase, unknown fields ignored, texts coerced."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Amazon's JSON: `"True"` is a Boolean and `"86400"` a number here, as clients send them."""

    model_config = ConfigDict(
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        str_max_length=1_000_000,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        """A null stands for nothing: clients print their empty fields so."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None}

    def document(self) -> dict[str, Any]:
        """What was sent, in the wire's names, nulls left out."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude_unset=True, mode="json")


def empty_is_absent(value: Any) -> Any:
    """A validator: an empty text stands for nothing."""
    return None if value == "" else value


Flag = Annotated[bool | None, BeforeValidator(empty_is_absent)]
Text = Annotated[str | None, BeforeValidator(empty_is_absent)]
