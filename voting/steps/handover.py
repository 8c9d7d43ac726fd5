"""Handing a record over: to whom, on what, and which bytes; the list only ever grows."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.errors import Malformed, Unknown
from voting.core.forms import is_text
from voting.core.text import text
from voting.models.office import HandOver, Poll
from voting.steps import export
from voting.steps.services import Services

LIMITS = {"name": 64, "unit": 128, "medium": 128}
_NAMES = {"name": text("接收人"), "unit": text("接收单位"), "medium": text("介质")}


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes a record, of which office, on what medium; `Malformed` where that is unclear."""

    name: str
    unit: str
    medium: str

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            if not is_text(value) or len(value) > LIMITS[key]:
                raise Malformed(
                    "bad_text",
                    "%(what)s不能为空，最多%(most)s个字，也不能含有控制字符。",
                    what=_NAMES[key],
                    most=LIMITS[key],
                )


def hand_over(session: Session, services: Services, poll: Poll, taker: Taker, by: str) -> HandOver:
    """Note that the record of a published poll was handed over by somebody of that name."""
    sha256, size = export.fingerprint(session, poll)
    at = services.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    row = HandOver(poll=poll.id, sha256=sha256, size=size, by=by, at=at, **asdict(taker))
    session.add(row)
    session.flush()
    return row


def handed_over(session: Session, poll: Poll) -> list[HandOver]:
    """All that was handed over of a poll, in its order."""
    rows = select(HandOver).where(HandOver.poll == poll.id).order_by(HandOver.id)
    return list(session.scalars(rows))


def by_id(session: Session, id_: int) -> HandOver:
    """One of them; `Unknown` where there is none."""
    row = session.get(HandOver, id_)
    if row is None:
        raise Unknown("unknown_handover", "没有这张移交单。")
    return row
