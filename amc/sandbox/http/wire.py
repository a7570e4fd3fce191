"""The base of all wire models: camelCase, unknown fields ignored, texts coerced."""

from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

strict_types: ContextVar[bool] = ContextVar("strict_types", default=False)
"""Whether texts in place of Booleans and numbers are refused in the request being answered."""


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


def _word(value: Any) -> Any:
    """True and False by their names alone: neither `yes` nor 1 is a Boolean."""
    if value in ("", None) or isinstance(value, bool):
        return empty_is_absent(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise PydanticCustomError("bool_type", "Input should be a valid boolean")


def flag(value: Any) -> Any:
    """A validator of a Boolean in a body: `"True"` will do unless types are strict."""
    if strict_types.get() and isinstance(value, str) and value:
        raise PydanticCustomError("bool_type", "Input should be a valid boolean")
    return _word(value)


def whole(value: Any) -> Any:
    """A validator of a number in a body: `"9"` will do unless types are strict."""
    wrong = isinstance(value, bool) or (strict_types.get() and isinstance(value, str))
    if wrong and value != "":
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return empty_is_absent(value)


Flag = Annotated[bool | None, BeforeValidator(flag)]
QueryFlag = Annotated[bool | None, BeforeValidator(_word)]
Text = Annotated[str | None, BeforeValidator(empty_is_absent)]
