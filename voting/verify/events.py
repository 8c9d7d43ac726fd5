"""The log's entries (protocol section 4): one shape an event, fields exactly these.

An event that is not listed may have any fields but `poll`.
"""

import re
from datetime import datetime
from typing import Any

from .crypto import issuing_spki, p256_point
from .strict import (
    Check,
    Malformed,
    b64_of,
    count,
    fields,
    ident,
    integer,
    list_of,
    loads,
    positive,
    text,
)

_AT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z").fullmatch


def at(value: Any) -> None:
    """Check of a parsed value: a date and time that exist."""
    match = _AT(value) if type(value) is str else None
    try:
        datetime(*map(int, match.groups()))  # type: ignore[union-attr, arg-type]
    except (AttributeError, ValueError):
        raise Malformed("not a time like 2026-01-31T09:30:00Z") from None


_poll = {"poll": b64_of(32)}
_deputy = b64_of(16)
_sig = b64_of(64)
_epoch = integer(1, 2**32 - 1)
_issuing_key = fields({"spki": issuing_spki, "sig": _sig})


def _two_names(value: Any) -> None:
    list_of(text, 2, 2)(value)
    if value[0] == value[1]:
        raise Malformed("the same name twice")


_OWN: dict[str, dict[str, Check]] = {
    "congress_opened": {"congress": ident, "log_key": b64_of(32)},
    "poll_defined": _poll,
    "checked_in": {"meeting": ident, "deputy": _deputy, "sig": _sig},
    "card_replaced": {
        **_poll,
        "number": text,
        "old": _deputy,
        "card_id": _deputy,
        "card_key": p256_point,
        "sigs": list_of(_sig, 1, 2),
    },
    "issuing_opened": {**_poll, "epoch": _epoch, "keys": list_of(_issuing_key, 1, 2)},
    "ballot_issued": {**_poll, "deputy": _deputy, "epoch": _epoch, "request": b64_of(32)},
    "issuing_closed": {**_poll, "issued": count, "checked_in": count},
    "gap_accepted": {**_poll, "issued": count, "registered": count, "by": _two_names},
    "roll_frozen": {**_poll, "issued": count, "registered": count, "root": b64_of(32)},
    "voting_opened": _poll,
    "ballots_released": {
        **_poll,
        "batch": positive,
        "count": positive,
        "root": b64_of(32),
        "tally": list_of(list_of(count)),
    },
    "voting_closed": {
        **_poll,
        "roster": count,
        "checked_in": count,
        "issued": count,
        "registered": count,
        "returned": count,
    },
    "result_published": {**_poll, "result": b64_of(32), "board": b64_of(32)},
    "poll_voided": {**_poll, "reason": text},
    "approved": {**_poll, "step": text, "by": text, "role": text},
    "assisted": {**_poll, "deputy": _deputy, "helper": text},
}
_COMMON: dict[str, Check] = {"seq": count, "at": at, "event": text}
_LISTED = {event: fields({**_COMMON, **own}) for event, own in _OWN.items()}
_other = fields(_COMMON, more=True)

# After these a checkpoint is made, before the next entry of the same poll.
CHECKPOINTED = frozenset(
    {
        "poll_defined",
        "issuing_opened",
        "issuing_closed",
        "roll_frozen",
        "voting_opened",
        "ballots_released",
        "voting_closed",
        "result_published",
        "poll_voided",
    }
)


def parse(line: bytes) -> dict[str, Any]:
    """An entry of the log from its line; Malformed if it is not of its event's shape."""
    value = loads(line)
    event = value.get("event") if type(value) is dict else None
    listed = _LISTED.get(event) if type(event) is str else None
    if listed:
        listed(value)
    else:
        _other(value)
        if "poll" in value:
            raise Malformed("an event that is not of a poll names one")
    entry: dict[str, Any] = value
    return entry
