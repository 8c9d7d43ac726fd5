"""Step 6: the roll, frozen before voting opened."""

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from .container import Block
from .crypto import IssuingKey, tag
from .issuing import Issued
from .log import Course
from .reading import Record, matched_lines
from .report import Failure
from .shapes import Matcher
from .strict import unb64
from .tree import Subtree, Tree, subtrees
from .workers import checked

_SEALS = re.compile(rb'"prefix":"([^"]+)","sig":"([^"]+)"').findall


def check_roll(record: Record, course: Course, issued: Issued) -> int:
    """Seals, distinct keys, root and figures as frozen, any gap accepted. Returns the size."""
    front = tag("ballot-key") + record.definition.poll_hash
    tree, roll = Tree(), record.container["roll.jsonl"]
    check = partial(_check_lines, record.shapes.roll, front, issued.keys)
    for nodes in record.workers.in_order(check, roll.blocks()):
        tree.extend(nodes)
    if tree.root() != course.roll_root:
        raise Failure("roll.jsonl", "its tree hash is not the root that was frozen")
    if tree.size > issued.ballots:
        raise Failure("roll.jsonl", f"{tree.size} ballots registered, {issued.ballots} issued")
    _check_frozen(course, issued.ballots, tree.size)
    return tree.size


class Registration(NamedTuple):
    """A line of the roll: its key, whether that was the key of the line before, its seals."""

    line: bytes
    key: bytes
    again: bool
    seals: list[tuple[bytes, bytes]]  # prefix and signature, in base64url


def _check_lines(
    matches: Matcher, front: bytes, keys: tuple[IssuingKey, ...], block: Block
) -> Iterator[list[Subtree]]:
    """Yields the lines' part of the roll's tree."""

    def sealed(made: Registration) -> bool:
        return all(
            key.seal_valid(unb64(prefix) + front + made.key, unb64(sig))
            for key, (prefix, sig) in zip(keys, made.seals, strict=True)
        )

    made, failure = checked(
        block,
        _registrations(matches, block),
        (sealed, "a seal is not the issuer's"),
        (lambda made: not made.again, "the key of the line before again"),
    )
    if failure:
        raise failure
    yield subtrees([registration.line for registration in made], block.number - 1)


def _registrations(matches: Matcher, block: Block) -> Iterator[Registration]:
    before = matches(block.before())
    last = unb64(before["key"]) if before else b""
    for _, match in matched_lines(matches, block):
        key = unb64(match["key"])
        yield Registration(match[0], key, key == last, _SEALS(match["seals"]))
        last = key


def _check_frozen(course: Course, issued: int, registered: int) -> None:
    figures = issued, registered
    for entry in (course.roll_frozen, course.gap_accepted):
        if entry and (entry["issued"], entry["registered"]) != figures:
            raise Failure(entry.where, f"issued and registered are not {issued} and {registered}")
    if (registered < issued) != (course.gap_accepted is not None):
        reason = "a gap between issued and registered is accepted exactly where there is one"
        raise Failure(course.roll_frozen.where, reason)
