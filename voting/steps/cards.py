"""Cards that were made on another computer: their public keys come in, their numbers never do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.cardfile import CardFile
from voting.core.errors import Malformed
from voting.core.poll import RosterLine
from voting.core.text import Text, text
from voting.models.office import Deputy
from voting.steps import polls, prepare


@dataclass(frozen=True, slots=True)
class Compared:
    """What a file would change, deputies by name; with faults it changes nothing.

    `without`: deputies of the roster who are not in the file, and keep what they have.
    """

    fingerprint: str
    new: list[str]
    changed: list[str]
    same: list[str]
    without: list[str]
    faults: list[Text]


def compare(session: Session, file: CardFile) -> Compared:
    """Hold a file against the roster; `Refused` once cards are settled."""
    prepare.still(session)
    roster = {d.number: d for d in session.scalars(select(Deputy).order_by(Deputy.place))}
    marks: dict[str, list[str]] = {"new": [], "changed": [], "same": []}
    for line in file.lines:
        deputy = roster.get(line.number)
        if deputy and deputy.name == line.name:
            marks[_mark(deputy, line)].append(deputy.name)
    listed = {line.number for line in file.lines}
    without = [deputy.name for number, deputy in roster.items() if number not in listed]
    return Compared(file.fingerprint, **marks, without=without, faults=_faults(session, file))


def _mark(deputy: Deputy, line: RosterLine) -> str:
    if deputy.card_id is None:
        return "new"
    return (
        "same" if (deputy.card_id, deputy.card_key) == (line.card_id, line.card_key) else "changed"
    )


def _faults(session: Session, file: CardFile) -> list[Text]:
    if file.congress != polls.the_congress(session).id:
        return [text("这是另一届人民代表大会的代表证公钥文件，届次编号 %(id)s。", id=file.congress)]
    roster = {deputy.number: deputy for deputy in session.scalars(select(Deputy))}
    owners = {
        value: deputy.number
        for deputy in roster.values()
        for value in (deputy.card_id, deputy.card_key)
        if value
    }
    found = []
    for line in file.lines:
        deputy = roster.get(line.number)
        if deputy is None:
            found.append(
                text("名册中没有 %(number)s 号 %(name)s。", number=line.number, name=line.name)
            )
        elif deputy.name != line.name:
            found.append(
                text(
                    "%(number)s 号在名册中是%(name)s，文件中是%(other)s。",
                    number=line.number,
                    name=deputy.name,
                    other=line.name,
                )
            )
        elif any(owners.get(v, line.number) != line.number for v in (line.card_id, line.card_key)):
            found.append(text("%(name)s 的代表证已经属于另一位代表。", name=line.name))
    return found


def take(session: Session, file: CardFile) -> None:
    """Give the deputies of a file its cards, all of them or nothing; their earlier cards end."""
    if compare(session, file).faults:
        raise Malformed("bad_cards", "代表证公钥文件与名册不符，没有导入任何内容。")
    for line in file.lines:
        deputy = prepare.deputy_of(session, line.number)
        deputy.card_id, deputy.card_key = line.card_id, line.card_key
