"""Witnesses: who may cosign the log, what they ask for, and what they have seen.

A witness follows every checkpoint in the log's order, so each one has the cosignatures of all
witnesses that keep up. The first cosignature of a checkpoint stays: records are the same bytes
whenever they are exported, once the witnesses have caught up.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from voting.core import checkpoint as notes
from voting.core import merkle, signing
from voting.core.checkpoint import Cosigner
from voting.core.encoding import MAX_INTEGER, b64
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.forms import is_text, require
from voting.core.phases import Phase
from voting.core.poll import MAX_WITNESSES, Definition
from voting.core.poll import Witness as Named
from voting.models.office import Congress, Cosignature, LogCheckpoint, LogEntry, Poll, Witness

LONGEST_NAME = 64
_BEGAN = {  # the entry with which a phase began, for those in which something waits for witnesses
    Phase.DEFINED: "poll_defined",
    Phase.ISSUING: "issuing_opened",
    Phase.REGISTERING: "issuing_closed",
    Phase.FROZEN: "roll_frozen",
    Phase.OPEN: "voting_opened",
}


def add(session: Session, verifier_key: str, name: str, others: Sequence[bytes]) -> Witness:
    """Let a machine cosign from now on; `others` are the keys that must not be its own."""
    witness = Cosigner.parse(verifier_key)
    log, _, id_ = witness.name.rpartition("/")
    congress = session.scalars(select(Congress)).one()
    require(log == notes.origin(congress.id), "bad_verifier_key", "这台见证机见证的是另一个日志。")
    notes.cosigner(log, id_, witness.key)
    good = is_text(name) and len(name) <= LONGEST_NAME
    require(good, "bad_name", "请写明见证人的名称，最多 %(most)s 个字。", most=LONGEST_NAME)
    if witness.key in others or not signing.is_ed25519_key(witness.key):
        raise Malformed("bad_keys", "这个公钥不能用来见证，请在见证机上重新生成。")
    known = (Witness.id == id_) | (Witness.key == witness.key)
    if session.scalars(select(Witness).where(known)).first():
        raise Refused("witness_known", "这个标识或公钥的见证人已经登记过了。")
    if len(active(session)) >= MAX_WITNESSES:
        raise Refused("too_many", "见证人最多%(most)s位。", most=MAX_WITNESSES)
    row = Witness(id=id_, name=name, key=witness.key)
    session.add(row)
    session.flush()
    return row


def retire(session: Session, id_: str) -> Witness:
    """Name this witness in no new definition; what it cosigned stays."""
    row = session.get(Witness, id_)
    if row is None:
        raise Unknown("unknown_witness", "没有这位见证人。")
    row.active = False
    return row


def active(session: Session) -> tuple[Named, ...]:
    """The witnesses that a new definition names."""
    rows = session.scalars(select(Witness).where(Witness.active).order_by(Witness.id))
    return tuple(Named(row.id, row.name, row.key) for row in rows)


def next_after(session: Session, size: int) -> tuple[str, list[str]] | None:
    """The checkpoint that follows the one of that size, and the proof that it continues it.

    0 asks for the first one; None where there is no later one yet. The note bears the log's
    signature only.
    """
    if size:
        _checkpoint(session, size)
    later = select(LogCheckpoint).where(LogCheckpoint.size > size).order_by(LogCheckpoint.size)
    found = session.scalars(later.limit(1)).first()
    if found is None:
        return None
    return found.note, list(_proof(session, size, found)) if size else []


def _checkpoint(session: Session, size: int) -> LogCheckpoint:
    row = session.get(LogCheckpoint, size) if 0 < size <= MAX_INTEGER else None
    if row is None:
        raise Malformed("unknown_checkpoint", "日志没有这个长度的检查点。")
    return row


_proofs: dict[tuple[int, str], tuple[str, ...]] = {}  # every witness asks for the same


def _proof(session: Session, old: int, new: LogCheckpoint) -> tuple[str, ...]:
    place = (old, new.note)
    if place not in _proofs:
        rows = select(LogEntry.entry).where(LogEntry.seq < new.size).order_by(LogEntry.seq)
        hashes = [merkle.leaf_hash(entry) for entry in session.scalars(rows)]
        _proofs[place] = tuple(b64(node) for node in merkle.consistency_proof(hashes, old))
    return _proofs[place]


def cosigner_of(session: Session, size: int, line: str) -> str:
    """The id of the active witness whose cosignature of that checkpoint this is; else `Malformed`.

    Apart from `keep`, so that nobody else's work waits while what anybody may send is judged.
    """
    row = _checkpoint(session, size)
    congress = session.scalars(select(Congress)).one()
    log = notes.origin(congress.id)
    head = notes.open_note(row.note, log, congress.log_key)
    for witness in active(session):
        if notes.is_cosigned(head, line, notes.cosigner(log, witness.id, witness.key)):
            return witness.id
    raise Malformed("bad_cosignature", "这不是已登记的见证人对这个检查点的签名。")


def keep(session: Session, size: int, witness: str, line: str) -> None:
    """Keep a cosignature that was judged; where there is one already, that one stays."""
    if session.get(Cosignature, (size, witness)) is None:
        session.add(Cosignature(size=size, witness=witness, line=line))


def cosigned(session: Session, note: LogCheckpoint, witnesses: Sequence[Named]) -> str:
    """A checkpoint's note with the cosignatures of these witnesses that there are."""
    rows = select(Cosignature).where(Cosignature.size == note.size) if witnesses else None
    lines = {} if rows is None else {row.witness: row.line for row in session.scalars(rows)}
    return note.note + "".join(lines.get(witness.id, "") for witness in witnesses)


def missing(session: Session, poll: Poll, definition: Definition) -> int:
    """How many of the poll's witnesses have not seen its present phase begin."""
    event = _BEGAN.get(Phase(poll.phase))
    if not definition.witnesses or event is None:
        return 0
    mine = select(LogEntry.seq).where(
        LogEntry.poll == b64(definition.poll_hash), LogEntry.event == event
    )
    began = session.scalars(mine.order_by(LogEntry.seq.desc()).limit(1)).one()
    rows = select(Cosignature.witness).where(Cosignature.size == began + 1)
    have = set(session.scalars(rows))
    return sum(witness.id not in have for witness in definition.witnesses)


def last_seen(session: Session) -> dict[str, int]:
    """The size of the largest checkpoint that each witness has seen, by its id."""
    rows = select(Cosignature.witness, func.max(Cosignature.size)).group_by(Cosignature.witness)
    return dict(session.execute(rows).all())


def seen(session: Session, named: Sequence[Named]) -> tuple[int, list[Named]]:
    """The size of the latest checkpoint, and those of these witnesses that have not seen it."""
    size = session.scalars(select(LogCheckpoint.size).order_by(LogCheckpoint.size.desc())).first()
    have = set(session.scalars(select(Cosignature.witness).where(Cosignature.size == size)))
    return size or 0, [witness for witness in named if witness.id not in have]
