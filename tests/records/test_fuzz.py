"""Whatever is done to a record, both verifiers name a step: never good, never at a loss."""

import contextlib
import io
import zipfile
from random import Random

import pytest

from tests.records.builder import Made, Plan, build
from tests.records.mutation import forged, mutated

SEEDS = 250  # `make fuzz` goes on for as long as one likes
FORGERIES = 30


@pytest.fixture(scope="module")
def records(pool):
    """A plain one, and one that has a bit of everything."""
    everything = Plan(issuers=2, epochs=2, other_poll=True, replaced=True, witnesses=1)
    return [build(Plan(), pool), build(everything, pool)]


@pytest.mark.parametrize("which", [0, 1])
def test_no_mutation_passes_and_none_is_a_riddle(records, judge, which):
    good = records[which]
    steps = set()
    for seed in range(SEEDS):
        data = mutated(good, Random(seed))
        report = judge(data)
        assert "cannot go on" not in report.reason, (seed, report)
        if report.good:
            assert data == good.zip() or shortened(data, good), seed
        steps.add(report.failed_step)
    assert {1, 2, 3, 5, 6, 7, 8} <= steps  # it comes further than the first step


def test_of_what_is_forged_with_all_keys_both_judge_alike(pool, judge):
    """Many are good: whoever chooses values before they are signed may choose others."""
    steps = []
    for seed in range(FORGERIES):
        with contextlib.suppress(UnicodeEncodeError, ValueError):  # no value that can be signed
            report = judge(build(forged(Random(seed)), pool))
            assert "cannot go on" not in report.reason, (seed, report)
            steps.append(report.failed_step)
    assert len(steps) > FORGERIES / 2
    assert {None, 1, 2, 5} <= set(steps)


def shortened(data: bytes, good: Made) -> bool:
    """Whether all that changed is that checkpoints or cosignatures are left out that nothing asks
    for: docs/record-format.md, section 10."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    left = iter(good.members["checkpoints.txt"].split(b"\n"))
    kept = members["checkpoints.txt"].split(b"\n")
    others = {**good.members, "checkpoints.txt": members["checkpoints.txt"]}
    return members == others and all(line in left for line in kept)
