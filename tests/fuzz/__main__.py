"""Mutations that reach new code in the verifier are kept and mutated further (atheris, libFuzzer).

Mutations happen to members, which are put back into a container with good checksums: else all would
end there. What must never happen: a record passes that is not the good one, or the verifier is at a
loss. libFuzzer stops on either, and on what takes longer than ten seconds or more than 1 GB.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import zipfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["voting.verify"]):
    from voting.verify import verify

from tests.records.builder import Made, Plan, build, new_rsa, pack
from tests.records.mutation import mutated
from tests.records.test_fuzz import shortened

LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=200000"]


def main() -> None:
    """Fuzz for the seconds that are given, or until something is found."""
    everything = Plan(issuers=2, epochs=2, other_poll=True, replaced=True, witnesses=1)
    good = build(everything, [new_rsa() for _ in range(4)])
    whole = good.zip()

    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        path, corpus = Path(name) / "record.zip", Path(name) / "corpus"
        corpus.mkdir()
        (corpus / "good").write_bytes(whole)

        def judge(data: bytes) -> None:
            path.write_bytes(data)
            report = verify(path)
            assert "cannot go on" not in report.reason, report
            assert not report.good or data == whole or shortened(data, good), report

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            chance = Random(seed)
            members = _members(data)
            if not members or chance.random() < 0.02:
                return bytes(atheris.Mutate(data, most))
            if chance.random() < 0.5:
                made = Made(members, good.poll_hash, good.log_key, good.congress)
                with contextlib.suppress(Exception):  # of what is no line of a record any more
                    return mutated(made, chance)[:most]
            member = chance.choice(list(members))
            members[member] = bytes(atheris.Mutate(members[member], len(members[member]) + 64))
            return pack(members)[:most]

        options = [sys.argv[0], *LIMITS, f"-max_total_time={sys.argv[1]}", str(corpus)]
        atheris.Setup(options, judge, custom_mutator=mutate)
        atheris.Fuzz()


def _members(data: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # whatever a mutated zip does to a general reader
        return None


if __name__ == "__main__":
    main()
