"""The log's tree against RFC 6962: its roots as other implementations pin them, and every proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core import merkle
from voting.core.encoding import sha256
from voting.core.merkle import Frontier

# The tree that certificate-transparency implementations test with: its leaves, and its roots for
# 0 to 8 of them.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(bytes([i])) for i in range(33)]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:]))


def test_the_roots_that_others_pin() -> None:
    assert [merkle.root(LEAVES[:size]).hex() for size in range(9)] == ROOTS


def test_our_own_pinned_roots_and_proofs() -> None:
    vector = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())["merkle"]
    leaves = [bytes.fromhex(leaf) for leaf in vector["leaves"]]
    assert [merkle.root(leaves[:n]).hex() for n in range(10)] == vector["roots"]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    for case in vector["inclusion"]:
        proof = merkle.inclusion_proof(hashes[: case["size"]], case["index"])
        assert [node.hex() for node in proof] == case["proof"]


@given(st.lists(st.binary(max_size=3), max_size=40), st.integers(0, 40))
def test_a_tree_that_grows_is_the_tree_of_the_definition(leaves: list[bytes], cut: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    grown = Frontier().extend(hashes[:cut]).extend(hashes[cut:])
    assert grown.root() == by_definition(leaves) == merkle.root(leaves)
    assert grown.size == len(leaves)
    assert len(grown.roots) == len(leaves).bit_count()


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_inclusion_holds_and_no_other(size: int) -> None:
    hashes = HASHES[:size]
    root = merkle.root_of_hashes(hashes)
    for index, leaf in enumerate(hashes):
        proof = merkle.inclusion_proof(hashes, index)
        assert merkle.verify_inclusion(root, size, index, leaf, proof)
        assert not merkle.verify_inclusion(root, size, index, merkle.leaf_hash(b"x"), proof)
        assert not merkle.verify_inclusion(root, size, index, leaf, [*proof, root])
        assert not merkle.verify_inclusion(sha256(root), size, index, leaf, proof)
        places = [i for i in range(-1, size + 1) if i != index]
        assert not any(merkle.verify_inclusion(root, size, i, leaf, proof) for i in places)
        for at in range(len(proof)):
            without = proof[:at] + proof[at + 1 :]
            assert not merkle.verify_inclusion(root, size, index, leaf, without)
            swapped = [*proof[:at], sha256(proof[at]), *proof[at + 1 :]]
            assert not merkle.verify_inclusion(root, size, index, leaf, swapped)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_consistency_holds_and_no_other(size: int) -> None:
    root = merkle.root_of_hashes(HASHES[:size])
    for old in range(1, size + 1):
        before = merkle.root_of_hashes(HASHES[:old])
        proof = merkle.consistency_proof(HASHES[:size], old)
        assert merkle.verify_consistency(old, before, size, root, proof)
        assert not merkle.verify_consistency(old, sha256(before), size, root, proof)
        assert not merkle.verify_consistency(old, before, size, sha256(root), proof)
        assert not merkle.verify_consistency(old, before, size, root, [*proof, root])
        for at in range(len(proof)):
            wrong = [*proof[:at], sha256(proof[at]), *proof[at + 1 :]]
            assert not merkle.verify_consistency(old, before, size, root, wrong)
            assert not merkle.verify_consistency(old, before, size, root, proof[:at])
    for old in (-1, 0, size + 1):
        assert not merkle.verify_consistency(old, root, size, root, [])
