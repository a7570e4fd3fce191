"""The ids of the product, as types of their own, so that one can never stand in for another.

Our integer primary keys never leave `amc.db`; what pages, URLs, the CLI and JSON carry are the
public ids minted here. Amazon's ids (`InstanceId`, `EntityId`, …) are the only ones that may
travel in an outgoing request.
"""

import secrets
from typing import NewType

EntityId = NewType("EntityId", str)
"""An AMC account, `ENTITY…`."""
InstanceId = NewType("InstanceId", str)
"""An AMC instance, such as `amchnfozgta`."""
MarketplaceId = NewType("MarketplaceId", str)
ProfileId = NewType("ProfileId", str)
WorkflowId = NewType("WorkflowId", str)
"""A workflow id at Amazon: ours are `amcm-<hash>`."""
AmcExecutionId = NewType("AmcExecutionId", str)
"""A workflow execution id at Amazon (a uuid)."""

PublicId = NewType("PublicId", str)
"""Any of ours, such as `ex_4k2…`."""

EXECUTION = "ex"
FLEET_RUN = "fr"
SCHEDULE = "sc"
CONNECTION = "cn"
WORKFLOW = "wf"
INSTANCE_SET = "is"
USER = "us"
BRAND = "br"
SYNC = "sy"
DRAFT = "dr"

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 16  # 80 bits: no two alike, not to be guessed


def mint(kind: str) -> PublicId:
    """A new public id of a kind, such as `ex_0h3k…` (16 characters of Crockford base 32)."""
    return PublicId(f"{kind}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)))


def is_public(text: str, kind: str) -> bool:
    """Whether a text has the form of a public id of this kind."""
    head, _, tail = text.partition("_")
    return head == kind and len(tail) == _LENGTH and all(c in _ALPHABET for c in tail)
