"""Step 6: the roll, frozen before voting opened."""

import re
from collections.abc import Iterator
from functools import partial

from .container import Block
from .crypto import IssuingKey, tag
from .issuing import Issued
from .log import Course
from .reading import Record
from .report import Failure
from .shapes import Matcher
from .strict import unb64
from .tree import Subtree, Tree, subtrees

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


def _check_lines(
    matches: Matcher, front: bytes, keys: tuple[IssuingKey, ...], block: Block
) -> Iterator[list[Subtree]]:
    """Yields the lines' part of the roll's tree."""
    before, lines = matches(block.before()), list[bytes]()
    last = unb64(before["key"]) if before else b""
    for number, line in block.lines():
        key, reason = check_registration(matches, front, keys, line)
        if reason or key == last:
            raise Failure(block.where(number), reason or "the key of the line before again")
        last = key
        lines.append(line)
    yield subtrees(lines, block.number - 1)


def check_registration(
    matches: Matcher, front: bytes, keys: tuple[IssuingKey, ...], line: bytes
) -> tuple[bytes, str | None]:
    """A line's key, and why one of its seals is not valid, or None. Depends on nothing else."""
    match = matches(line)
    if not match:
        return b"", "not a registration"
    key = unb64(match["key"])
    for issuing_key, (prefix, sig) in zip(keys, _SEALS(match["seals"]), strict=True):
        if not issuing_key.seal_valid(unb64(prefix) + front + key, unb64(sig)):
            return key, "a seal is not the issuer's"
    return key, None


def _check_frozen(course: Course, issued: int, registered: int) -> None:
    figures = issued, registered
    for entry in (course.roll_frozen, course.gap_accepted):
        if entry and (entry["issued"], entry["registered"]) != figures:
            raise Failure(entry.where, f"issued and registered are not {issued} and {registered}")
    if (registered < issued) != (course.gap_accepted is not None):
        reason = "a gap between issued and registered is accepted exactly where there is one"
        raise Failure(course.roll_frozen.where, reason)
