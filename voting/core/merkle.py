"""The Merkle tree of RFC 6962 section 2.1: roots, inclusion proofs, consistency proofs.

Hashes are SHA-256, 32 bytes; leaves are prefixed by 0x00 and nodes by 0x01. Proofs are verified
by the iterative algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2, the same tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voting.core.encoding import sha256

EMPTY_ROOT = sha256(b"")


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two hashes."""
    return sha256(b"\x01" + left + right)


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree that grows: the roots of its full subtrees, largest first, and its size.

    What a log keeps beside a checkpoint so that the next one costs its new leaves only.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def extend(self, hashes: Iterable[bytes]) -> Frontier:
        """The tree with these leaf hashes appended."""
        size, roots = self.size, list(self.roots)
        for leaf in hashes:
            node, rest = leaf, size
            while rest & 1:
                node = node_hash(roots.pop(), node)
                rest >>= 1
            roots.append(node)
            size += 1
        return Frontier(size, tuple(roots))

    def root(self) -> bytes:
        """The tree hash."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of_hashes(hashes: Iterable[bytes]) -> bytes:
    """The tree hash over leaf hashes."""
    return Frontier().extend(hashes).root()


def root(leaves: Iterable[bytes]) -> bytes:
    """The tree hash over byte strings: the protocol's `merkle(list)`."""
    return root_of_hashes(leaf_hash(leaf) for leaf in leaves)


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, hashes): the siblings from the leaf up."""
    if len(hashes) == 1:
        return []
    k = _split(len(hashes))
    if index < k:
        return [*inclusion_proof(hashes[:k], index), root_of_hashes(hashes[k:])]
    return [*inclusion_proof(hashes[k:], index - k), root_of_hashes(hashes[:k])]


def consistency_proof(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(old_size, hashes) for 0 < old_size <= len(hashes)."""
    return _subproof(hashes, old_size, True)


def _subproof(hashes: Sequence[bytes], m: int, whole: bool) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [root_of_hashes(hashes)]
    k = _split(len(hashes))
    if m <= k:
        return [*_subproof(hashes[:k], m, whole), root_of_hashes(hashes[k:])]
    return [*_subproof(hashes[k:], m - k, False), root_of_hashes(hashes[:k])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(
    root_hash: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the leaf hash `leaf` stands at `index` in the tree of that size and root."""
    if not 0 <= index < size:
        return False
    first, second, node = index, size - 1, leaf
    for sibling in proof:
        if second == 0:
            return False
        if first & 1 or first == second:
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            node = node_hash(node, sibling)
        first, second = first >> 1, second >> 1
    return second == 0 and node == root_hash


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of `old_size` leaves is a prefix of that of `new_size`."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    first, second = old_size - 1, new_size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old = new = path[0]
    for node in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old, new = node_hash(node, old), node_hash(node, new)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            new = node_hash(new, node)
        first, second = first >> 1, second >> 1
    return second == 0 and old == old_root and new == new_root
