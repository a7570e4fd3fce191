"""What is wrong with a text, and where. Part of the tree in `amc.errors`."""

from typing import Any

from amc.errors import SqlError, SqlRefusedError


class SqlPlaceError(SqlError):
    """The SQL is wrong at a place.

    Lines and columns count from 1; the end is exclusive. Without a place (a tree made by a
    program) they are 1, 1, 1, 1.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        line: int = 1,
        column: int = 1,
        end_line: int = 1,
        end_column: int = 1,
        expected: str = "",
        hint: str | None = None,
    ) -> None:
        """Keep the place, and what could have stood there (`expected`, may be empty)."""
        self.line, self.column = line, column
        self.end_line, self.end_column = end_line, end_column
        self.expected = expected
        super().__init__(message, hint=hint)

    def to_dict(self) -> dict[str, Any]:
        """Adds the place."""
        return super().to_dict() | {
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
        }


class SqlSyntaxError(SqlPlaceError, SqlRefusedError):
    """This text is not AMC SQL."""


class SqlTooLargeError(SqlSyntaxError):
    """The text is too long or nested too deeply."""


class SqlNameError(SqlPlaceError):
    """A table, column or function is not known."""


class SqlUnsupportedError(SqlPlaceError):
    """AMC does not run this construct."""
