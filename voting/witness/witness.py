"""The witness's one decision: whether a head continues all that it has signed before."""

from __future__ import annotations

from collections.abc import Sequence

from voting.core import checkpoint, merkle, signing
from voting.core.checkpoint import Checkpoint, Cosigner
from voting.core.encoding import unb64
from voting.core.errors import Malformed
from voting.witness.memory import Memory


class TwoHistories(Exception):
    """The log's key signed a head that does not continue what it had signed before."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__("the log shows another history than before")
        self.before, self.after = before, after

    def evidence(self) -> str:
        """The two notes, for people who ask the server's owner."""
        return f"{self.before}\n{self.after}"


class Witness:
    """One witness of one log."""

    def __init__(self, memory: Memory) -> None:
        """It continues where its memory ends."""
        self._memory = memory

    @property
    def size(self) -> int:
        """How far it has seen the log; 0 before the first head."""
        head = self._memory.state.head()
        return head.size if head else 0

    def identity(self) -> Cosigner:
        """What the administrator is given: the name and key of its lines."""
        state = self._memory.state
        public = signing.ed25519_public(self._memory.key)
        return checkpoint.cosigner(state.name, state.witness, public)

    def follow(self, note: str, proof: Sequence[str]) -> None:
        """Take a later head into memory, if `proof` (b64 of 32 bytes each) shows that it continues.

        `Malformed` for what the log did not sign; `TwoHistories` for what it signed and must not.
        """
        state = self._memory.state
        head = checkpoint.open_note(note, state.name, state.log_key)
        before = state.head()
        if head.size < max(self.size, 1):
            raise Malformed("old_checkpoint", "服务器给出的检查点比已经见证的更早。")
        if before and not _continues(before, head, proof):
            raise TwoHistories(state.note, note)
        self._memory.keep(note)

    def forgotten(self) -> TwoHistories:
        """What it means that the server does not know the head in memory, which its key signed."""
        return TwoHistories(self._memory.state.note, "")

    def cosignature(self, now: int) -> str:
        """The line for the head in memory; `now` is Unix seconds."""
        head = self._memory.state.head()
        assert head is not None  # there is something in memory before anything is signed
        return checkpoint.cosign(head, self.identity().name, self._memory.key, now)


def _continues(before: Checkpoint, head: Checkpoint, proof: Sequence[str]) -> bool:
    nodes = [unb64(node, 32) for node in proof]
    return merkle.verify_consistency(before.size, before.root, head.size, head.root, nodes)
