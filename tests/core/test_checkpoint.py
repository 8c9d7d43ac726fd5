"""Checkpoints: the pinned note, and every other spelling of it."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from voting.core import checkpoint, signing
from voting.core.checkpoint import Checkpoint
from voting.core.errors import Malformed

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
