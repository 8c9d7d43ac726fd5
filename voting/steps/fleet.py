"""The tablets' self-check before a meeting: outcomes are counted, and nothing else is kept.

Once issuing has opened nothing is taken any more: a tablet that reports itself while ballots are
on their way would tell when its deputy does what.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from voting.core.errors import Malformed, Refused
from voting.core.phases import LIVE
from voting.core.text import text
from voting.models.office import FleetCount, Meeting, Poll
from voting.steps import polls

# What a tablet checks, in the order of its page, as the secretariat reads it.
CHECKS: dict[str, str] = {
    "secure": text("安全连接"),
    "crypto": text("签名"),
    "ed25519": text("承诺核验"),
    "blindrsa": text("盲签名"),
    "storage": text("存储"),
    "worker": text("离线打开"),
    "link": text("连接"),
    "relay": text("转送机"),
    "clock": text("时钟"),
    "screen": text("屏幕"),
    "version": text("版本"),
}


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the tablets reported for a meeting; `problems` has each check's name and count."""

    passed: int
    with_problems: int
    problems: list[tuple[str, int]]


def check_open(session: Session) -> Meeting:
    """The meeting that tablets are checked for now; refused once issuing has opened in it."""
    meeting = polls.current_meeting(session)
    if meeting is None:
        raise Refused("no_meeting", "还没有建立会议，检查结果不计数。")
    begun = or_(Poll.phase.in_(LIVE), (Poll.meeting == meeting.id) & (Poll.epoch > 0))
    if session.scalars(select(Poll.id).where(begun).limit(1)).first() is not None:
        raise Refused("issuing_opened", "发票已经开始，检查结果不再计数。")
    return meeting


def report(session: Session, version: str, failed: list[str]) -> None:
    """Count one outcome; `version` is the server's, or '' for any other."""
    if len(set(failed)) != len(failed) or not set(failed) <= CHECKS.keys():
        raise Malformed("bad_checks", "提交的检查项目不对。")
    meeting = check_open(session)
    key = (meeting.id, version, " ".join(name for name in CHECKS if name in failed))
    row = session.get(FleetCount, key)
    if row is None:
        row = FleetCount(meeting=key[0], version=key[1], failed=key[2], count=0)
        session.add(row)
    row.count += 1


def counted(session: Session, meeting: Meeting | None, version: str) -> Fleet:
    """The outcomes of a meeting; a tablet passed if it runs this very version."""
    passed, problems, others = 0, Counter[str](), 0
    found = select(FleetCount).where(FleetCount.meeting == (meeting.id if meeting else ""))
    for row in session.scalars(found):
        failed = {name for name in CHECKS if name in row.failed.split(" ")}
        if row.version != version:
            failed.add("version")
        if failed:
            others += row.count
            problems.update(dict.fromkeys(failed, row.count))
        else:
            passed += row.count
    named = [(text, problems[name]) for name, text in CHECKS.items() if name in problems]
    return Fleet(passed, others, named)
