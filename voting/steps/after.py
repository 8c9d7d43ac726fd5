"""What follows a vote: a further round of what it left open, and next year's evaluation.

A further round is a draft that `follows` the former, which stays as it was; the secretariat
completes it, and 定稿 fixes it. An evaluation is another vote on the chosen projects: it follows
none.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core import again
from voting.core.again import Open, Round
from voting.core.encoding import Json, parse_jcs
from voting.core.errors import Refused
from voting.core.forms import Form
from voting.core.phases import Phase
from voting.core.poll import Item
from voting.core.text import text
from voting.models.office import Poll
from voting.steps import paper, polls, prepare
from voting.steps.again import draft_again
from voting.steps.prepare import PollPlan


def result_of(session: Session, poll: Poll) -> Json | None:
    """The result that stands: published, or announced of the vote on paper in the poll's place."""
    if poll.phase == Phase.PUBLISHED:
        return parse_jcs(poll.result or b"")
    vote = paper.standing(session, poll)
    return paper.result(session, vote) if vote and vote.ended == paper.ANNOUNCED else None


def left_open(session: Session, poll: Poll) -> Open | None:
    """The places that a poll's result left open, and who may stand for them."""
    result = result_of(session, poll)
    if result is None:
        return None
    _, definition = polls.defined(poll)
    return again.still_open(definition.decision.seats, result)


def next_round(session: Session, poll: Poll) -> Poll | None:
    """The round that was drafted after this one; a void one does not count."""
    mine = (Poll.follows == poll.hash) & (Poll.phase != Phase.VOID)
    return session.scalars(select(Poll).where(mine).order_by(Poll.id)).first()


def follow_up(session: Session, poll: Poll, item_ids: Sequence[str]) -> Poll:
    """Draft the round for the open places, as the presidium has decided."""
    open_ = left_open(session, poll)
    if open_ is None:
        raise Refused("nothing_open", "这项表决没有空缺的名额，不需要再次票决。")
    if next_round(session, poll):
        raise Refused("drafted", "再次票决已经建立，请到表决列表中查看。")
    again.check_again(open_, item_ids)
    draft = draft_again(session, poll, item_ids)
    draft.seats = open_.seats
    return draft


def rounds(session: Session, poll: Poll) -> list[Round]:
    """The rounds with a result that lead to a poll, and itself, oldest first."""
    found = []
    at: Poll | None = poll
    while at:
        result = result_of(session, at)
        if result is not None:
            _, definition = polls.defined(at)
            chosen, by_hand = tuple(result["chosen"]), at.phase == Phase.VOID
            found.append(Round(definition.round, definition.items, chosen, by_hand))
        before = select(Poll).where(Poll.hash == at.follows, Poll.hash.is_not(None))
        alone = at.form == Form.GRADE  # an evaluation adds nothing to what a vote has chosen
        at = None if alone else session.scalars(before).first()
    return found[::-1]


def chosen(session: Session, poll: Poll) -> list[tuple[int, Item]]:
    """The projects that a poll and the rounds before it chose, in the order of the 公告."""
    return again.chosen_in_all(rounds(session, poll))


def chosen_earlier(session: Session, poll: Poll) -> list[str]:
    """What the rounds before a poll with a result chose, by title; what paper chose says so."""
    found = rounds(session, poll)
    own = len(found[-1].chosen)
    in_all = again.chosen_in_all(found)
    by_hand = {each.number for each in found if each.by_hand}
    return [
        text("%(title)s（纸质票、人工计票）", title=item.title) if number in by_hand else item.title
        for number, item in in_all[: len(in_all) - own]
    ]


def draft_evaluation(session: Session, poll: Poll, title: str) -> Poll:
    """A draft of 测评 at the current meeting, of all that was chosen, numbered as announced."""
    items = [item for _, item in chosen(session, poll)]
    if result_of(session, poll) is None or not items:
        raise Refused("nothing_chosen", "这项表决没有决定项目，不能据以建立测评。")
    draft = prepare.draft_poll(session, PollPlan(title=title, form=Form.GRADE, seats=None))
    numbered = [Item(str(n), item.title, item.more) for n, item in enumerate(items, 1)]
    prepare.import_projects(session, draft, numbered)
    return draft
