"""The congress's log: every entry in its step's transaction, a checkpoint where one is due."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from voting.core import checkpoint as notes
from voting.core import merkle
from voting.core.encoding import b64
from voting.core.errors import Unknown
from voting.core.events import Event, Restored, entry_bytes
from voting.core.poll import Witness
from voting.models.office import Congress, LogCheckpoint, LogEntry
from voting.steps import witnesses as cosigning
from voting.steps.services import Services

_LAST = select(LogEntry.seq, LogEntry.at).order_by(LogEntry.seq.desc()).limit(1)
_APPEND = insert(LogEntry)
_LAST_HEAD = select(LogCheckpoint.size, LogCheckpoint.frontier).order_by(LogCheckpoint.size.desc())


def append(session: Session | Connection, services: Services, event: Event) -> int:
    """Log `event` and, after a phase change or a release, sign the head; returns its `seq`.

    `at` never goes back, even where the clock does. Call it under the write lock (`db.writing`).
    """
    last = session.execute(_LAST).first()
    seq = last.seq + 1 if last else 0
    now = services.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    at = max(now, last.at) if last else now
    entry = entry_bytes(seq, at, event)
    poll = getattr(event, "poll", None)
    row = {"seq": seq, "at": at, "event": event.event, "poll": poll, "entry": entry}
    session.execute(_APPEND, row)
    if event.checkpoint:
        _sign_head(session, services)
    return seq


def length(session: Session) -> int:
    """How many entries the log has."""
    last = session.scalars(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)).first()
    return 0 if last is None else last + 1


def _sign_head(session: Session | Connection, services: Services) -> None:
    last = session.execute(_LAST_HEAD.limit(1)).first()
    frontier = _frontier(*last) if last else merkle.Frontier()
    later = select(LogEntry.entry).where(LogEntry.seq >= frontier.size).order_by(LogEntry.seq)
    entries = session.execute(later).scalars()
    frontier = frontier.extend(merkle.leaf_hash(entry) for entry in entries)
    congress = session.execute(select(Congress.id)).scalar_one()
    head = notes.Checkpoint(notes.origin(congress), frontier.size, frontier.root())
    note = notes.sign(head, services.log_key)
    row = {"size": frontier.size, "note": note, "frontier": b"".join(frontier.roots)}
    session.execute(insert(LogCheckpoint), row)


def _frontier(size: int, joined: bytes) -> merkle.Frontier:
    roots = (joined[i : i + 32] for i in range(0, len(joined), 32))
    return merkle.Frontier(size, tuple(roots))


def latest(session: Session, poll: bytes, event: str) -> LogEntry | None:
    """The latest entry of `event` about the poll with that hash."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.poll == b64(poll), LogEntry.event == event)
        .order_by(LogEntry.seq.desc())
        .limit(1)
    ).first()


def restored(session: Session) -> list[LogEntry]:
    """The entries at which this log went on from a copy."""
    rows = select(LogEntry).where(LogEntry.poll.is_(None), LogEntry.event == Restored.event)
    return list(session.scalars(rows.order_by(LogEntry.seq)))


def head(session: Session, witnesses: Sequence[Witness] = ()) -> str:
    """The latest checkpoint, as a signed note with the cosignatures of these witnesses."""
    last = select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)
    return cosigning.cosigned(session, session.scalars(last).one(), witnesses)


def signed_on(session: Session, entry: LogEntry) -> str:
    """The checkpoint that was signed on an entry which one follows."""
    return session.get_one(LogCheckpoint, entry.seq + 1).note


def proof(
    session: Session, poll: bytes, event: str, witnesses: Sequence[Witness]
) -> dict[str, object]:
    """The latest entry of `event`, proven to stand in the checkpoint that was signed on it.

    With the cosignatures of the poll's `witnesses` that there are by now.
    """
    entry = latest(session, poll, event)
    note = session.get(LogCheckpoint, entry.seq + 1) if entry else None
    if entry is None or note is None:
        raise Unknown("no_such_event", "这一步还没有进行。")
    return {
        "entry": entry.entry.decode(),
        "index": entry.seq,
        "proof": _path(session, entry),
        "checkpoint": cosigning.cosigned(session, note, witnesses),
    }


_paths: dict[bytes, list[str]] = {}  # by entry: a hall of tablets asks for the same two or three


def _path(session: Session, entry: LogEntry) -> list[str]:
    """The entry's inclusion proof in the tree that it completes."""
    if entry.entry not in _paths:
        rows = select(LogEntry.entry).where(LogEntry.seq <= entry.seq).order_by(LogEntry.seq)
        hashes = [merkle.leaf_hash(leaf) for leaf in session.scalars(rows)]
        proof = merkle.inclusion_proof(hashes, entry.seq)
        _paths[entry.entry] = [b64(node) for node in proof]
    return _paths[entry.entry]
