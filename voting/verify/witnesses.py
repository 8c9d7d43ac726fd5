"""Cosignatures of the witnesses that a definition names (C2SP tlog-cosignature, cosignature/v1).

    — piaojue/<congress_id>/<witness id> <base64 of key id (4 bytes) ‖ time (8) ‖ signature (64)>

A line of a witness is signed over two lines, `cosignature/v1` and `time <decimal>`, and the note's
text. In a record such lines stand in the definition's order, at most one a witness.
"""

from collections.abc import Iterable

from .crypto import ed25519_valid, sha256
from .definition import Definition, Witness
from .notes import Cosignature, Note
from .report import Failure

# Tablets act upon these, so all witnesses must have seen the checkpoint made on each of them.
SEEN_BY_ALL = ("issuing_opened", "issuing_closed", "roll_frozen", "voting_opened")


def check_own(notes: Iterable[Note], poll: Definition) -> None:
    """Step 2: every line in a record is a witness's, in the definition's order, and valid."""
    for note in notes:
        left = list(poll.witnesses)
        for line in note.cosignatures:
            while left and _name(poll, left[0]) != line.name:
                left.pop(0)
            if not left:
                reason = "a cosignature by no witness of the definition, twice, or out of order"
                raise Failure(note.where, reason)
            _check(note, line, poll, left.pop(0))


def check_noted(note: Note, poll: Definition) -> list[str]:
    """The ids of the witnesses that cosigned a checkpoint noted outside.

    Failure where a line bears a witness's name and is not its signature; others are not checked.
    """
    by_name = {_name(poll, witness): witness for witness in poll.witnesses}
    lines = [line for line in note.cosignatures if line.name in by_name]
    for line in lines:
        _check(note, line, poll, by_name[line.name])
    return sorted({by_name[line.name].id for line in lines})


def check_seen(notes: Iterable[Note], seqs: Iterable[int], poll: Definition) -> None:
    """Step 4: the first note that holds each of these entries is cosigned by all witnesses."""
    for seq in seqs:
        note = next(note for note in notes if note.size > seq)
        have = {line.name for line in note.cosignatures}
        for witness in poll.witnesses:
            if _name(poll, witness) not in have:
                raise Failure(note.where, f"not cosigned by witness {witness.id}")


def _name(poll: Definition, witness: Witness) -> str:
    return f"piaojue/{poll.congress}/{witness.id}"


def _check(note: Note, line: Cosignature, poll: Definition, witness: Witness) -> None:
    key_id = sha256(line.name.encode(), b"\n\x04", witness.key)[:4]
    time = int.from_bytes(line.blob[4:12], "big")
    message = b"cosignature/v1\ntime %d\n" % time + note.text
    good = len(line.blob) == 76 and line.blob[:4] == key_id and time < 2**63
    if not good or not ed25519_valid(witness.key, message, line.blob[12:]):
        raise Failure(note.where, f"not the cosignature of witness {witness.id}")
