"""Structured log lines with an action and ids; secrets and signed URLs never get out.

Use: `log = get_logger(__name__)`, then `log.info("execution submitted", action="execution.submit",
execution=…)`. Lines go to stderr, as text on a terminal and as JSON otherwise or when asked.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

MASK = "***"

_SECRET_KEYS = re.compile(
    r"(authorization|token|secret|password|passwd|cookie|api[-_]?key|fernet|verifier|signature|dsn)",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"Atz[ar]\|[^\s\"'&,;<>]+"), MASK),
    (re.compile(r"(?i)\b(bearer)\s+[^\s\"',;]+"), r"\1 " + MASK),
    (re.compile(r"amzn1\.oa2-cs\.v1\.[0-9a-f]+"), MASK),
    (
        re.compile(
            r"(?i)\b(client_secret|refresh_token|access_token|code_verifier|password|code)=[^&\s\"']+"
        ),
        r"\1=" + MASK,
    ),
    (
        re.compile(
            r"(?i)(\"?(?:client_secret|refresh_token|access_token|password)\"?\s*[:=]\s*\"?)[^\s\"',}]+"
        ),
        r"\1" + MASK,
    ),
    # The query of a signed URL is a credential: keep the address, drop the query.
    (
        re.compile(
            r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>]*(?:Signature|Expires|Credential)[^\s\"'<>]*"
        ),
        r"\1?" + MASK,
    ),
    (
        re.compile(r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token))=[^&\s\"']+"),
        r"\1=" + MASK,
    ),
    (re.compile(r"(\b[a-z][a-z0-9+]*://[^\s:/@]+):[^\s@/]+@"), r"\1:" + MASK + "@"),
)


def mask(text: str) -> str:
    """The text with tokens, secrets, passwords and signed-URL queries replaced."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_value(key: str, value: Any) -> Any:
    """A value made safe to log or show: by the name of its key, then by its content."""
    if value is not None and not isinstance(value, bool | int | float) and _SECRET_KEYS.search(key):
        return MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {k: mask_value(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(key, v) for v in value]
    if isinstance(value, BaseException):
        return mask(f"{type(value).__name__}: {value}")
    return value


def _mask_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {
        key: _escape(mask_value(key, value)) if key != "exception" else mask(str(value))
        for key, value in event.items()
    }


def _escape(value: Any) -> Any:
    # A line break or an escape sequence in a name must not forge a line of its own.
    if isinstance(value, str):
        return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value)
    return value


def configure(*, json_lines: bool | None = None, level: str = "INFO") -> None:
    """Set the log up for this process, our lines and the libraries' alike."""
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # "Skipped, for it runs already" is what is wanted on a busy machine.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for noisy in ("urllib3", "botocore", "boto3", "s3transfer", "alembic", "dbos"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def get_logger(name: str) -> Any:
    """A logger with bound fields; every line should carry `action=`."""
    return structlog.stdlib.get_logger(name)
