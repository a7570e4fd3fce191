"""After which errors a run may be sent again without looking in Amazon's list first."""

import pytest

from amc.errors import (
    AmcError,
    DatabaseError,
    ExecutionError,
    ForbiddenError,
    GrantRevokedError,
    InvalidRequestError,
    KeyFileError,
    MissingError,
    RateLimitedError,
    ServerError,
    StorageFullError,
    StoreError,
    TransportError,
    UnauthorizedError,
    UnreadableAnswerError,
    UsageError,
    WindowError,
)
from amc.services.running.submitting import _surely_not_done


@pytest.mark.parametrize(
    ("error", "surely"),
    [
        (TransportError("refused", sent=False), True),
        (TransportError("reset", sent=True), False),
        (RateLimitedError(status=429), True),
        (InvalidRequestError(status=400), True),
        (ForbiddenError(status=403), True),
        (UnauthorizedError(status=401), True),
        (GrantRevokedError(status=400), True),
        (InvalidRequestError("time-out", status=408), False),
        (ServerError(status=500), False),
        (ServerError(status=504), False),
        (UnreadableAnswerError(status=200), False),
        (UnreadableAnswerError(), False),
        # The answer was there and could not be written down.
        (DatabaseError(), False),
        (StorageFullError(), False),
        (StoreError(), False),
        (UsageError("never left"), True),
        (WindowError("never left"), True),
        (MissingError("never left"), True),
        (KeyFileError("never left"), True),
        (ExecutionError("another text stands there"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, AmcError) else str(value),
)
def test_only_what_provably_never_arrived_counts_as_not_done(error: AmcError, surely: bool) -> None:
    assert _surely_not_done(error) is surely
