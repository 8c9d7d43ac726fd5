"""The Merkle tree hash of RFC 6962 section 2.1, grown leaf by leaf in logarithmic memory."""

from hashlib import sha256


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


class Tree:
    """`peaks` are the roots of the full subtrees, largest first, as the bits of `size` say."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self.add_hash(leaf_hash(leaf))

    def add_hash(self, node: bytes) -> None:
        """A leaf that was hashed elsewhere."""
        self.size += 1
        subtree = self.size
        while subtree % 2 == 0:
            node = sha256(b"\1" + self._peaks.pop() + node).digest()
            subtree //= 2
        self._peaks.append(node)

    def root(self) -> bytes:
        """32 bytes; of no leaves at all, SHA-256 of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = sha256(b"\1" + peak + node).digest()
        return node
