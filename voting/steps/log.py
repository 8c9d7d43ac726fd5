"""The congress's log: every entry in its step's transaction, a checkpoint where one is due."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from voting.core import checkpoint as notes
from voting.core import merkle
from voting.core.encoding import b64
from voting.core.errors import Unknown
from voting.core.events import Event, RelayKey, Restored, entry_bytes
from voting.core.poll import Witness
from voting.models.office import Congress, LogCheckpoint, LogEntry
from voting.statements import Plain, Statement
from voting.steps import witnesses as cosigning
from voting.steps.services import Services

_LAST = Statement(select(LogEntry.seq, LogEntry.at).order_by(LogEntry.seq.desc()).limit(1))
_APPEND = Statement(insert(LogEntry))
_CONGRESS = Statement(select(Congress.id))
_HEADS = select(LogCheckpoint.size, LogCheckpoint.frontier).order_by(LogCheckpoint.size.desc())
_HEAD = Statement(_HEADS.limit(1))
_LATER = Statement(
    select(LogEntry.entry).where(LogEntry.seq >= bindparam("size")).order_by(LogEntry.seq)
)
_SIGN = Statement(insert(LogCheckpoint))
_LATEST = Statement(
    select(LogEntry.entry)
    .where(LogEntry.poll == bindparam("of"), LogEntry.event == bindparam("what"))
    .order_by(LogEntry.seq.desc())
    .limit(1)
)


def append(opened: Session | Plain, services: Services, event: Event) -> int:
    """Log `event` and, after a phase change or a release, sign the head; returns its `seq`.

    `at` never goes back, even where the clock does. Call it under the write lock (`db.writing`).
    """
    plain = Plain.of(opened)
    last = plain.first(_LAST)
    seq = last.seq + 1 if last else 0
    now = services.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    at = max(now, last.at) if last else now
    entry = entry_bytes(seq, at, event)
    poll = getattr(event, "poll", None)
    plain.do(_APPEND, seq=seq, at=at, event=event.event, poll=poll, entry=entry)
    if event.checkpoint:
        _sign_head(plain, services)
    return seq


def _sign_head(plain: Plain, services: Services) -> None:
    last = plain.first(_HEAD)
    frontier = _frontier(last.size, last.frontier) if last else merkle.Frontier()
    later = plain.rows(_LATER, size=frontier.size)
    frontier = frontier.extend(merkle.leaf_hash(row.entry) for row in later)
    congress = plain.first(_CONGRESS)
    head = notes.Checkpoint(notes.origin(congress.id), frontier.size, frontier.root())
    note = notes.sign(head, services.log_key)
    plain.do(_SIGN, size=frontier.size, note=note, frontier=b"".join(frontier.roots))


def _frontier(size: int, joined: bytes) -> merkle.Frontier:
    roots = (joined[i : i + 32] for i in range(0, len(joined), 32))
    return merkle.Frontier(size, tuple(roots))


def newest(opened: Session | Plain, poll: bytes, event: str) -> bytes | None:
    """The bytes of the latest entry of `event` about the poll with that hash."""
    row = Plain.of(opened).first(_LATEST, of=b64(poll), what=event)
    return row.entry if row else None


def length(session: Session) -> int:
    """How many entries the log has."""
    last = session.scalars(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)).first()
    return 0 if last is None else last + 1


def latest(session: Session, poll: bytes | None, event: str) -> LogEntry | None:
    """The latest entry of `event` about the poll with that hash, or about none."""
    about = None if poll is None else b64(poll)
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.poll == about, LogEntry.event == event)
        .order_by(LogEntry.seq.desc())
        .limit(1)
    ).first()


def restored(session: Session) -> list[LogEntry]:
    """The entries at which this log went on from a copy."""
    return _apart(session, Restored)


def relay_keys(session: Session) -> list[LogEntry]:
    """The entries that told the server's relay keys."""
    return _apart(session, RelayKey)


def _apart(session: Session, kind: type[Event]) -> list[LogEntry]:
    """All entries of an event that is about no poll."""
    rows = select(LogEntry).where(LogEntry.poll.is_(None), LogEntry.event == kind.event)
    return list(session.scalars(rows.order_by(LogEntry.seq)))


def head(session: Session, witnesses: Sequence[Witness] = ()) -> str:
    """The latest checkpoint, as a signed note with the cosignatures of these witnesses."""
    last = select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)
    return cosigning.cosigned(session, session.scalars(last).one(), witnesses)


def signed_on(session: Session, entry: LogEntry) -> str:
    """The checkpoint that was signed on an entry which one follows."""
    return session.get_one(LogCheckpoint, entry.seq + 1).note


def proof(
    session: Session, poll: bytes | None, event: str, witnesses: Sequence[Witness]
) -> dict[str, object]:
    """The latest entry of `event`, proven to stand in the checkpoint that was signed on it.

    With the cosignatures of these `witnesses` that there are by now.
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
