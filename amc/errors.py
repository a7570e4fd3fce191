"""The whole error tree. Each error says what happened, why, and what to do.

AmcError
├ SettingsError                 a setting is missing or wrong               exit 2
├ UsageError                    a command or call was given wrongly         exit 2
│ └ UnableError                 instances cannot run what they were given   exit 1
├ SetupError                    the machine or installation is not right    exit 2
│ ├ KeyFileError                the encryption key is missing or wrong
│ ├ DatabaseError               the database cannot be reached or is too new
│ ├ StorageFullError            no space left
│ ├ PortInUseError
│ └ SchedulerDownError          nobody is there to carry the work on
├ AccessDeniedError             the user may not do this
│ └ SignInError                 wrong name or password, or too many tries
├ MissingError                  no such thing of ours (instance, execution, …)
├ StaleError                    somebody else changed it first
├ WindowError                   a time window that cannot be
├ CronError                     a CRON rule that cannot be
├ FiringError                   schedules that could not be fired (transient)
├ TemplateError                 a template file is wrong: file, field
├ ParameterError                a parameter value is missing or wrong: name
├ MappingError                  a mapping row or file is wrong
├ SqlError
│ ├ SqlCheckError               findings of severity error
│ └ SqlRefusedError             the text is not AMC SQL at all (too long, binary, …)
├ ExecutionError                Amazon failed or rejected a run
├ ResultError
│ ├ ResultMissingError          the stored file is gone
│ ├ ResultFormatError           what was downloaded is not a result
│ └ ResultTooLargeError
├ StoreError                    the result store cannot be read or written
└ ApiError                      Amazon's side: status, code, request_id
  ├ TransportError              no answer (transient); `sent` says whether it may have arrived
  ├ RateLimitedError            429 (transient); retry_after_s
  ├ ServerError                 5xx (transient)
  ├ UnauthorizedError           401
  ├ ForbiddenError              403
  ├ RemoteMissingError          404, or 400 "does not exist"
  ├ RemoteConflictError         409, or 400 "already exists"
  ├ InvalidRequestError         400, 415, 422
  ├ UnreadableAnswerError       a body that is not what it should be
  └ LoginError                  Login with Amazon
    ├ GrantRevokedError         invalid_grant: a person has to reconnect
    └ ClientRejectedError       invalid_client: id or secret is wrong

An error is *transient* when trying again later may help; retry code asks only that.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal


class AmcError(Exception):
    """Something in AMC Manager did not work."""

    transient: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        """Take the sentence for the reader; the class docstring is the default one."""
        first_line = (self.__class__.__doc__ or "").strip().splitlines()[0]
        self.message = message or first_line
        self.hint = self.default_hint if hint is None else hint
        super().__init__(self.message)

    def __str__(self) -> str:
        """Message and hint as one text."""
        return f"{self.message} {self.hint}".strip()

    def to_dict(self) -> dict[str, Any]:
        """The error as data, for `--json` and for the row of an execution."""
        return {"error": type(self).__name__, "message": self.message, "hint": self.hint}


class SettingsError(AmcError):
    """A setting is missing or wrong."""

    exit_code = 2
    default_hint = "See .env.example for every setting and its form."


class UsageError(AmcError):
    """The command was given wrongly."""

    exit_code = 2


class UnableError(UsageError):
    """Some instances cannot run this; nothing was sent."""

    exit_code = 1
    default_hint = "Leave them out and run it on the others."

    def __init__(
        self,
        message: str | None = None,
        *,
        unable: Sequence[dict[str, str]] = (),
        hint: str | None = None,
    ) -> None:
        """Carry the instances, each as `instance_id` and `reason`."""
        self.unable = [dict(entry) for entry in unable]
        super().__init__(message, hint=hint)

    def to_dict(self) -> dict[str, Any]:
        """As every error, and which instances with their reasons."""
        return super().to_dict() | {"unable": self.unable}


class SetupError(AmcError):
    """The installation is not ready."""

    exit_code = 2
    default_hint = "Run: python -m amc doctor"


class KeyFileError(SetupError):
    """The encryption key is missing, unreadable, or not the one the data was sealed with."""

    default_hint = (
        "Put the key file back that belongs to this database (AMC_KEY_FILE). Nothing was changed; "
        "runs that wait for it go on by themselves."
    )


class DatabaseError(SetupError):
    """The database cannot be used."""

    transient = True
    default_hint = "Check DATABASE_URL and that the server runs, then try again."


class StorageFullError(SetupError):
    """There is no space left where the data lives."""

    transient = True
    default_hint = "Free some space or point AMC_DATA_DIR elsewhere; the work goes on by itself."


class PortInUseError(SetupError):
    """A port that is needed is taken by another program."""

    default_hint = "Stop that program, or choose another port (AMC_APP_PORT, AMC_SANDBOX_PORT)."


class SchedulerDownError(SetupError):
    """The scheduler process does not run, so nothing moves."""

    transient = True
    default_hint = "Start it with: python -m amc.scheduler (make run starts it too)."


class AccessDeniedError(AmcError):
    """Your role does not allow this."""

    default_hint = "Ask an administrator for the right."


class SignInError(AccessDeniedError):
    """Name or password is wrong."""

    default_hint = "Check both and try again; an administrator can set a new password."


class MissingError(AmcError):
    """There is no such thing here."""

    default_hint = "Check the id; it may have been removed or belong to another installation."


class StaleError(AmcError):
    """Somebody else has changed this in the meantime; nothing was saved."""

    default_hint = "Load the page again, look at the change, and repeat yours."


class WindowError(AmcError):
    """The time window cannot be used."""

    exit_code = 2


class CronError(AmcError):
    """The CRON rule cannot be used."""

    exit_code = 2
    default_hint = "Five fields: minute hour day-of-month month day-of-week, e.g. 0 8 * * 1."


class FiringError(AmcError):
    """Schedules could not be fired."""

    transient = True
    default_hint = "They are tried again by themselves, and their slots stay due. The others fire."


class TemplateError(AmcError):
    """A template is wrong."""

    exit_code = 2

    def __init__(
        self,
        message: str | None = None,
        *,
        file: str = "",
        field: str = "",
        hint: str | None = None,
    ) -> None:
        """Say which file and field."""
        self.file, self.field = file, field
        where = ": ".join(part for part in (file, field) if part)
        super().__init__(f"{where}: {message}" if where and message else message, hint=hint)


class ParameterError(AmcError):
    """A parameter value is missing or wrong."""

    exit_code = 2

    def __init__(
        self, message: str | None = None, *, name: str = "", hint: str | None = None
    ) -> None:
        """Say which parameter."""
        self.name = name
        super().__init__(message, hint=hint)


class MappingError(AmcError):
    """A mapping file or row cannot be used."""


class SqlError(AmcError):
    """The SQL cannot be sent."""


class SqlCheckError(SqlError):
    """The SQL has errors that Amazon would refuse."""

    default_hint = "Mend the findings below; nothing was sent."

    def __init__(
        self, message: str | None = None, *, findings: Sequence[Any] = (), hint: str | None = None
    ) -> None:
        """Carry the findings (`amc.sql.findings.Finding`)."""
        self.findings = tuple(findings)
        super().__init__(message, hint=hint)


class SqlRefusedError(SqlError):
    """This text cannot be AMC SQL."""


class ExecutionError(AmcError):
    """The run did not succeed."""

    def __init__(
        self,
        message: str | None = None,
        *,
        fault: Literal["ours", "amazon", "query"] = "amazon",
        evidence: str = "",
        hint: str | None = None,
    ) -> None:
        """Say whose fault it is and keep Amazon's words as evidence."""
        self.fault, self.evidence = fault, evidence
        super().__init__(message, hint=hint)


class ResultError(AmcError):
    """The result cannot be used."""


class ResultMissingError(ResultError):
    """The stored result is gone."""

    default_hint = "Run the execution again; its SQL and window are kept."


class ResultFormatError(ResultError):
    """What was downloaded is not an AMC result."""


class ResultTooLargeError(ResultError):
    """The result is larger than this form can hold."""


class StoreError(AmcError):
    """The result store cannot be read or written."""

    transient = True


class ApiError(AmcError):
    """Amazon did not do what was asked."""

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        body: str = "",
        hint: str | None = None,
    ) -> None:
        """Keep what Amazon said; `body` is masked and cut before it gets here."""
        self.status, self.code, self.request_id, self.body = status, code, request_id, body
        super().__init__(message, hint=hint)

    def to_dict(self) -> dict[str, Any]:
        """Adds status and request id."""
        return super().to_dict() | {"status": self.status, "request_id": self.request_id}


class TransportError(ApiError):
    """Amazon could not be reached, or the answer was lost."""

    transient = True
    default_hint = "Check the network and that the host in AMC_API_URL answers."

    def __init__(
        self,
        message: str | None = None,
        *,
        sent: bool = True,
        hint: str | None = None,
        request_id: str = "",
    ) -> None:
        """`sent` is False only when the request provably never left (refused, no such host)."""
        self.sent = sent
        super().__init__(message, hint=hint, request_id=request_id)


class RateLimitedError(ApiError):
    """Amazon asks to slow down (429)."""

    transient = True

    def __init__(
        self, message: str | None = None, *, retry_after_s: float | None = None, **more: Any
    ) -> None:
        """Keep the wait that Amazon asked for, in seconds, if it named one."""
        self.retry_after_s = retry_after_s
        super().__init__(message, **more)


class ServerError(ApiError):
    """Amazon had an error of its own."""

    transient = True


class UnauthorizedError(ApiError):
    """Amazon does not accept the access token."""

    default_hint = "Reconnect the Amazon login under Settings, Connections."


class ForbiddenError(ApiError):
    """This login may not use that account or instance, or terms were not accepted."""

    default_hint = (
        "Check in the AMC console that the login has access and the terms are accepted; "
        "then test the connection under Settings."
    )


class RemoteMissingError(ApiError):
    """Amazon does not know this id."""


class RemoteConflictError(ApiError):
    """It exists already at Amazon."""


class InvalidRequestError(ApiError):
    """Amazon refused the request as invalid."""


class UnreadableAnswerError(ApiError):
    """Amazon's answer could not be understood."""

    transient = True


class LoginError(ApiError):
    """Login with Amazon failed."""


class GrantRevokedError(LoginError):
    """The login was revoked or has expired."""

    default_hint = "Reconnect it under Settings, Connections."


class ClientRejectedError(LoginError):
    """Login with Amazon does not accept the client id or secret."""

    default_hint = "Check AMAZON_CLIENT_ID and AMAZON_CLIENT_SECRET."
