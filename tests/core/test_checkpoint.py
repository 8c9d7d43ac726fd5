"""Checkpoints and cosignatures: the pinned note, and every other spelling of it."""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from voting.core import checkpoint, signing
from voting.core.checkpoint import Checkpoint, Cosigner
from voting.core.errors import Malformed, Unavailable

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = signing.ed25519_public(LOG)
NAME = checkpoint.origin("demo-county")
HEAD = Checkpoint(NAME, 2, bytes(range(32, 64)))
SIGNATURE = (
    "D6u8bZaaVOmXo8oymafMYG2EeVh5sRjWWCt0LCm76mHJ5NJ6twIQ977vr8s8VAnIXAxAsTcwT8Gn1/INMjQY4FYk5AE="
)
NOTE = f"""\
piaojue/demo-county
2
ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=

— piaojue/demo-county {SIGNATURE}
"""


def resigned(text: str) -> str:
    """A note over any text, signed by the log as it would sign its own."""
    blob = checkpoint.key_id(NAME, LOG_KEY) + LOG.sign(text.encode())
    return f"{text}\n— {NAME} {base64.b64encode(blob).decode()}\n"


def test_the_note_is_pinned() -> None:
    assert checkpoint.sign(HEAD, LOG) == NOTE == resigned(HEAD.text().decode())
    assert checkpoint.open_note(NOTE, NAME, LOG_KEY) == HEAD
    assert checkpoint.key_id(NAME, LOG_KEY).hex() == "0fabbc6d"


ROOT = HEAD.text().decode().split("\n")[2]


@pytest.mark.parametrize(
    "note",
    [
        *(NOTE + "\n", "\n" + NOTE, NOTE[:-1], "", "\n\n", NOTE.replace("\n", "\r\n")),
        *(NOTE.replace("\n2\n", "\n3\n"), NOTE.replace("— ", "- "), NOTE.replace("\n\n", "\n")),
        *(NOTE.replace(f"— {NAME}", "— other"), NOTE[:-3] + "B=\n", NOTE + NOTE),
        resigned(f"{NAME}\n02\n{ROOT}\n"),
        resigned(f"{NAME}\n２\n{ROOT}\n"),
        resigned(f"{NAME}\n+2\n{ROOT}\n"),
        resigned(f"{NAME}\n-2\n{ROOT}\n"),
        resigned(f"{NAME}\n1_0\n{ROOT}\n"),
        resigned(f"{NAME}\n2\n{ROOT}\nmore\n"),
        resigned(f"{NAME}\n2\n{ROOT[:-1]}\n"),
        resigned(f"{NAME}\n2\n{base64.b64encode(bytes(31)).decode()}\n"),
        resigned(f"{NAME}x\n2\n{ROOT}\n"),
        resigned(f"{NAME}\n2\n{ROOT} \n"),
    ],
)
def test_only_the_printed_form_opens(note: str) -> None:
    with pytest.raises(Malformed, match="bad_checkpoint"):
        checkpoint.open_note(note, NAME, LOG_KEY)


@given(st.integers(0, len(NOTE) - 1), st.sampled_from("A0\n =—"))
def test_no_character_can_be_changed(place: int, character: str) -> None:
    note = NOTE[:place] + character + NOTE[place + 1 :]
    if note != NOTE:
        with pytest.raises(Malformed, match="bad_checkpoint"):
            checkpoint.open_note(note, NAME, LOG_KEY)


def test_another_key_or_log_does_not_open_it() -> None:
    other = signing.ed25519_public(Ed25519PrivateKey.generate())
    for name, key in ((NAME, other), ("piaojue/other", LOG_KEY), (NAME, bytes(31))):
        with pytest.raises(Malformed, match="bad_checkpoint"):
            checkpoint.open_note(NOTE, name, key)


# Made by programs that have nothing to do with this one: the head of a public log for tests of
# Certificate Transparency, as a public witness signed it, and that witness's verifier key.
PUBLIC = Checkpoint(
    "arche2025h1.staging.ct.transparency.dev",
    1432088532,
    base64.b64decode("U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="),
)
PUBLIC_WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PUBLIC_LINE = (
    "— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVC"
    "IobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n"
)


def test_a_cosignature_that_others_made_is_one_here() -> None:
    witness = Cosigner.parse(PUBLIC_WITNESS)
    assert witness.name == "remora.n621.de"
    assert checkpoint.is_cosigned(PUBLIC, PUBLIC_LINE, witness)
    assert not checkpoint.is_cosigned(
        Checkpoint(PUBLIC.origin, 1, PUBLIC.root), PUBLIC_LINE, witness
    )


WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
WITNESS = checkpoint.cosigner(NAME, "w1", signing.ed25519_public(WITNESS_KEY))
NOW = 1795400000
LINE = checkpoint.cosign(HEAD, WITNESS.name, WITNESS_KEY, NOW)
COSIGNED = NOTE + LINE


def test_the_cosignature_is_pinned_by_its_specification() -> None:
    """The message and the line put together by hand, from the text of C2SP tlog-cosignature."""
    message = f"cosignature/v1\ntime {NOW}\n{NAME}\n2\n{ROOT}\n".encode()
    public = signing.ed25519_public(WITNESS_KEY)
    key_id = hashlib.sha256(b"piaojue/demo-county/w1\n\x04" + public).digest()[:4]
    blob = key_id + struct.pack(">Q", NOW) + WITNESS_KEY.sign(message)
    assert f"— piaojue/demo-county/w1 {base64.b64encode(blob).decode()}\n" == LINE
    assert key_id.hex() in WITNESS.verifier_key()
    assert checkpoint.open_note(COSIGNED, NAME, LOG_KEY, [WITNESS]) == HEAD


def test_the_documents_example_is_what_a_witness_prints() -> None:
    root = base64.b64decode("JmdrqATiarmEhdDTjclfEeZmTp1lh3Ld76EcRpTuy3o=")
    head = Checkpoint("piaojue/xian-19", 1, root)
    line = checkpoint.cosign(head, "piaojue/xian-19/w1", WITNESS_KEY, 1768868752)
    text = (Path(__file__).parents[2] / "docs" / "record-format.md").read_text()
    assert checkpoint.sign(head, LOG) in text
    assert f"\n{line}" in text
    assert f"\ncosignature/v1\ntime 1768868752\n{head.text().decode()}```" in text


def test_a_note_needs_each_witness_that_is_asked_for() -> None:
    other = checkpoint.cosigner(NAME, "w2", signing.ed25519_public(Ed25519PrivateKey.generate()))
    for note, asked in (
        (NOTE, [WITNESS]),
        (COSIGNED, [WITNESS, other]),
        (NOTE + PUBLIC_LINE, [WITNESS]),
    ):
        assert checkpoint.open_note(note, NAME, LOG_KEY) == HEAD
        with pytest.raises(Unavailable, match="not_witnessed"):
            checkpoint.open_note(note, NAME, LOG_KEY, asked)


def test_a_cosignature_of_another_key_time_name_or_head_is_none() -> None:
    stranger = Ed25519PrivateKey.generate()
    other_head = Checkpoint(NAME, 3, HEAD.root)
    blob = base64.b64decode(LINE.split()[2])
    later = base64.b64encode(blob[:11] + bytes([blob[11] ^ 1]) + blob[12:]).decode()
    for line in (
        checkpoint.cosign(HEAD, WITNESS.name, stranger, NOW),
        checkpoint.cosign(other_head, WITNESS.name, WITNESS_KEY, NOW),
        checkpoint.sign(Checkpoint(WITNESS.name, 2, HEAD.root), WITNESS_KEY).split("\n\n")[1],
        f"— {WITNESS.name} {later}\n",
        LINE * 2,
    ):
        with pytest.raises(Malformed, match="bad_cosignature"):
            checkpoint.open_note(NOTE + line, NAME, LOG_KEY, [WITNESS])
    assert not checkpoint.is_cosigned(
        HEAD, checkpoint.cosign(HEAD, WITNESS.name, WITNESS_KEY, 2**63), WITNESS
    )


@pytest.mark.parametrize(
    "line",
    ["x\n", "\n", "— w1\n", "— w 1 AAAA\n", "— w+1 AAAA\n", LINE[:-1], "- w AAAA\n", "— w A_-A\n"],
)
def test_what_follows_a_note_is_signature_lines(line: str) -> None:
    with pytest.raises(Malformed, match="bad_checkpoint"):
        checkpoint.open_note(NOTE + line, NAME, LOG_KEY)


@given(st.integers(0, len(LINE) - 1), st.sampled_from("A0\n =—+w\u2028"))
def test_no_character_of_a_cosignature_can_be_changed(place: int, character: str) -> None:
    line = LINE[:place] + character + LINE[place + 1 :]
    if line != LINE:
        assert not checkpoint.is_cosigned(HEAD, line, WITNESS)


@given(st.integers(0, 100), st.sampled_from("A0+ =w"))
def test_a_mistyped_verifier_key_is_noticed(place: int, character: str) -> None:
    text = WITNESS.verifier_key()
    assert Cosigner.parse(text) == WITNESS
    place %= len(text)
    mistyped = text[:place] + character + text[place + 1 :]
    if mistyped != text:
        with pytest.raises(Malformed, match="bad_verifier_key"):
            Cosigner.parse(mistyped)
