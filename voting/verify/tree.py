"""The Merkle tree hash of RFC 6962 section 2.1, grown from the left in logarithmic memory."""

from collections.abc import Iterable
from hashlib import sha256

Subtree = tuple[bytes, int]  # root, number of leaves: a power of two


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def subtrees(leaves: Iterable[bytes], first: int) -> list[Subtree]:
    """The largest full subtrees of leaves alone that stand from place `first` on in a tree."""
    nodes, width = [leaf_hash(leaf) for leaf in leaves], 1
    begin: list[Subtree] = []
    end: list[Subtree] = []
    while nodes:
        if first % 2:
            begin.append((nodes.pop(0), width))
            first += 1
        if len(nodes) % 2:
            end.append((nodes.pop(), width))
        nodes = list(map(_node, nodes[::2], nodes[1::2]))
        first, width = first // 2, width * 2
    return begin + end[::-1]


class Tree:
    """`peaks` are the roots of the full subtrees, largest first, as the bits of `size` say."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, node: bytes, width: int = 1) -> None:
        """The hash of the next leaf, or the root of the next full subtree of `width` leaves."""
        self.size += width
        subtree = self.size // width
        while subtree % 2 == 0:
            node = _node(self._peaks.pop(), node)
            subtree //= 2
        self._peaks.append(node)

    def extend(self, nodes: Iterable[Subtree]) -> None:
        for node, width in nodes:
            self.add(node, width)

    def root(self) -> bytes:
        """32 bytes; of no leaves at all, SHA-256 of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = _node(peak, node)
        return node
