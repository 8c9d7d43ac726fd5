"""docs/record-format.md says what the verifier does: its text, its examples, its README."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.records.builder import Plan, build, merkle
from voting.verify import events, notes
from voting.verify.strict import unb64

DOCUMENT = Path(__file__).parents[2].joinpath("docs/record-format.md").read_text("utf-8")
README = Path(__file__).parents[2].joinpath("voting/verify/README.txt").read_text("utf-8")


def block(start: str) -> str:
    """The fenced block of the document whose contents begin so."""
    place = DOCUMENT.index("\n" + start) + 1
    return DOCUMENT[place : DOCUMENT.index("```", place)]


def test_the_readme_stands_in_the_document():
    assert f"```text\n{README}```\n" in DOCUMENT
    assert README.isascii()


def test_the_example_of_a_checkpoint():
    entry = block('{"at":"2026-01-20T01:00:00Z","congress"').rstrip("\n").encode()
    note = notes.parse(block("piaojue/xian-19\n").encode(), "document")
    key = unb64(events.parse(entry)["log_key"])
    assert note.valid("xian-19", key)
    assert not note.valid("xian-20", key)
    assert (note.size, note.root) == (1, merkle([entry]))


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize(("ballot", "issuer"), [(1, 1), (2, 2), (7, 1)])
def test_the_readme_checks_a_ballot_with_openssl(ballot, issuer, pool, tmp_path):
    made = build(Plan(issuers=2, epochs=2, other_poll=True), pool)
    for name, data in made.members.items():
        tmp_path.joinpath(name).write_bytes(data)
    rows = "-" * 74 + "\n"
    script = README.split(rows)[1]
    script = script.replace("LINE=1 ", f"LINE={ballot} ").replace("ISSUER=1 ", f"ISSUER={issuer} ")

    def run() -> str:
        return subprocess.run(
            ["sh"], input=script, cwd=tmp_path, capture_output=True, text=True, check=False
        ).stdout

    assert run().count("Verified OK") == 2
    lines = made.lines("ballots.jsonl")
    swapped = [line.replace(b'"marks":[0,null]', b'"marks":[null,0]') for line in lines]
    tmp_path.joinpath("ballots.jsonl").write_bytes(b"\n".join(swapped) + b"\n")
    assert run().count("Verified OK") == 1
