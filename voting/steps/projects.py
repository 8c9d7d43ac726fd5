"""A draft's candidate projects one by one: added, changed, removed, put in another order.

Two people may have the list open at once. Each sends back a fingerprint of what was seen, and who
comes second is told instead of undoing the first one's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from voting.core import second
from voting.core.encoding import b64, jcs, sha256
from voting.core.errors import Faulty, Refused
from voting.core.poll import MAX_ITEMS, Item
from voting.core.text import text
from voting.models.office import Poll
from voting.steps import prepare


class Changed(Refused):
    """Somebody else has changed what was to be changed."""


def fingerprint(items: Sequence[Item]) -> str:
    """What stands for these projects, word for word, in this order."""
    return b64(sha256(jcs([[item.id, item.title, dict(item.more)] for item in items]))[:12])


def order_of(items: Sequence[Item]) -> str:
    """What stands for the order of these projects."""
    return fingerprint([Item(item.id, "") for item in items])


def find(items: Sequence[Item], id_: str) -> Item:
    """The project with that 序号; `Changed` where it has been removed or numbered anew."""
    for item in items:
        if item.id == id_:
            return item
    gone = text("序号为「%(id)s」的项目已经不在，可能刚刚被移除或重编了序号。", id=id_)
    raise Changed("gone", gone)


def add(session: Session, poll: Poll, item: Item) -> None:
    """Put a project at the end of a draft's list."""
    _write(session, poll, [*prepare.items_of(session, poll), item], item)


def change(session: Session, poll: Poll, id_: str, seen: str, item: Item) -> None:
    """Put a project in the place of the one with that 序号, which must still be as it was seen."""
    items = prepare.items_of(session, poll)
    place = items.index(_as_seen(items, id_, seen))
    _write(session, poll, [*items[:place], item, *items[place + 1 :]], item)


def remove(session: Session, poll: Poll, id_: str, seen: str) -> None:
    """Take a project off a draft's list."""
    items = prepare.items_of(session, poll)
    items.remove(_as_seen(items, id_, seen))
    prepare.import_projects(session, poll, items)


def _as_seen(items: Sequence[Item], id_: str, seen: str) -> Item:
    item = find(items, id_)
    if fingerprint([item]) != seen:
        said = text("另一人刚刚改动了这个项目，没有保存。请核对后再保存。")
        raise Changed("changed_meanwhile", said)
    return item


def _write(session: Session, poll: Poll, items: Sequence[Item], item: Item) -> None:
    """Store the list that `item` is new in, if it may be there."""
    prepare.check_draft(poll)
    others = [each for each in items if each is not item]
    if any(each.id == item.id for each in others):
        raise Faulty({"id": text("已有序号为「%(id)s」的项目，请换一个。", id=item.id)})
    if len(items) > MAX_ITEMS:
        raise Faulty({"id": text("候选项目最多 %(most)s 个。", most=MAX_ITEMS)})
    spoken = second.languages([item]), second.languages(others)
    if all(spoken) and spoken[0] != spoken[1]:
        raise Faulty({"second_lang": text("其他项目用的是另一种文字，一项表决只能用同一种。")})
    prepare.import_projects(session, poll, items)


def put_in_order(
    session: Session, poll: Poll, ids: Sequence[str], seen: str, renumber: bool
) -> None:
    """Put a draft's projects in the order of their ids; `renumber`: they become 1, 2, 3 …"""
    items = prepare.items_of(session, poll)
    if order_of(items) != seen or sorted(ids) != sorted(item.id for item in items):
        said = text("另一人刚刚改动了项目。您排的次序还没有保存，请核对下面的列表后再保存。")
        raise Changed("changed_meanwhile", said)
    ordered = sorted(items, key=lambda item: list(ids).index(item.id))
    if renumber:
        ordered = [replace(item, id=str(number)) for number, item in enumerate(ordered, 1)]
    prepare.import_projects(session, poll, ordered)
