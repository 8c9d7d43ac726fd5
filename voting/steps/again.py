"""A poll voted on again: a new draft with the same projects and rule, which `follows` the old one.

Nothing is reset: the old poll stands as it ended, void or published, and the new one names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.errors import Malformed, Refused
from voting.core.phases import Phase
from voting.core.poll import Item
from voting.models.office import Poll
from voting.steps import polls, prepare

ENDED = (Phase.PUBLISHED, Phase.VOID)


def draft_again(session: Session, poll: Poll, item_ids: Sequence[str] | None = None) -> Poll:
    """A draft of the next round with all projects of an ended poll, or those of `item_ids`.

    Asked again for the same projects, the draft that stands; a draft can still be changed whole.
    """
    hash_, _ = polls.defined(poll)
    if poll.phase not in ENDED:
        raise Refused("not_ended", "这项表决还没有公布或作废，不能据此新建表决。")
    items = _taken(prepare.items_of(session, poll), item_ids)
    standing = _standing(session, hash_, items)
    if standing:
        return standing
    plan = prepare.plan_of(poll)
    # How many a ballot may choose goes with the number of seats where only some stand again.
    rule = plan.rule if item_ids is None else replace(plan.rule, most=None)
    seats = None if plan.seats is None else min(plan.seats, len(items))
    wanted = replace(plan, seats=seats, round=poll.round + 1, follows=hash_, rule=rule)
    draft = prepare.draft_poll(session, wanted)
    prepare.import_projects(session, draft, items)
    return draft


def _taken(items: list[Item], ids: Sequence[str] | None) -> list[Item]:
    """The items that are voted on again, in their order."""
    if ids is None:
        return items
    unknown = set(ids) - {item.id for item in items}
    if unknown or not ids:
        raise Malformed("bad_items", "请从原表决的项目中选择再次表决的项目。")
    return [item for item in items if item.id in ids]


def _standing(session: Session, follows: bytes, items: list[Item]) -> Poll | None:
    """The draft that follows that poll with just these items, if there is one."""
    rows = select(Poll).where(Poll.follows == follows, Poll.phase == Phase.DRAFT)
    found = (poll for poll in session.scalars(rows) if prepare.items_of(session, poll) == items)
    return next(found, None)
