"""Scrutineers try tablets before the meeting: ballots with marks that they know."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import a_poll, all_do, congress, until_frozen
from voting.client.host import ROOT
from voting.client.tablet import Tablet, sign_ballot
from voting.core.forms import (
    Decision,
    Scale,
    check_marks,
    form_choose,
    form_each,
    form_grade,
    form_rank,
)
from voting.core.trial import missed, some_ballot
from voting.trial.tasks import Tasks

PEOPLE = 5  # scrutineers with test cards, on the trial's own roster


FORMS = [form_choose(3), form_each(), form_grade(), form_rank(3)]


@given(st.sampled_from(FORMS), st.integers(1, 30), st.randoms(use_true_random=False))
def test_every_drawn_ballot_is_valid(
    form: tuple[Scale, Decision], items: int, chance: Random
) -> None:
    scale, _ = form
    marks = some_ballot(scale, items, chance.randrange)
    check_marks(scale, items, marks)


def test_what_finding_nothing_is_worth() -> None:
    assert missed(300, 0, 20) == 1
    assert missed(10, 1, 10) == 0
    assert missed(4, 2, 1) == pytest.approx(1 / 2)
    with pytest.raises(ValueError, match="more than"):
        missed(3, 4, 1)


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    """A scrutineer at another computer."""
    command = [sys.executable, "-m", "voting.trial", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


class Liar(Tablet):
    """A tablet that shows one choice and signs another."""

    def _ballot(self, marks: list[int | None]) -> bytes:
        shown = list(marks)
        shown[0] = None if shown[0] == 0 else 0
        if shown.count(0) > 3:
            shown[shown.index(0, 1)] = None
        return sign_ballot(self.kept(), shown)


def test_an_honest_trial_agrees_and_a_tablet_that_lies_is_named(tmp_path: Path) -> None:
    with congress(tmp_path, PEOPLE) as world:
        poll = a_poll(world)
        definition = world.http.get_bytes(
            f"/api/polls/{world.http.get('/api/status')['poll']['hash']}/definition"
        )
        (tmp_path / "definition.json").write_bytes(definition)
        drawing = ["--tablets", "300", "--test", str(PEOPLE), "--out", str(tmp_path / "tasks.json")]
        status, told = run("draw", str(tmp_path / "definition.json"), *drawing)
        assert (status, told.count("回执号")) == (0, PEOPLE)
        assert run("draw", str(tmp_path / "definition.json"), *drawing)[0] == 1  # once
        tasks = Tasks.parse((tmp_path / "tasks.json").read_bytes())

        tablets = [Tablet(world.http, card) for card in world.cards[:-1]]
        tablets.append(Liar(world.http, world.cards[-1]))
        all_do(tablets, "check_in")
        until_frozen(world, poll, tablets)
        all_do(tablets, "check_roll")
        world.step(poll, "open")
        receipts = {}
        for tablet, (number, marks) in zip(tablets, tasks.marks.items(), strict=True):
            receipts[number] = tablet.cast(marks).code()
        for step in ("close", "publish"):
            world.step(poll, step)
        record = tmp_path / "record.zip"
        record.write_bytes(world.record(poll))

    typed = "".join(f"{code.lower()}\n" for code in receipts.values())
    status, told = run("compare", str(tmp_path / "tasks.json"), str(record), typed=typed)
    liar = list(tasks.marks)[-1]
    assert status == 1
    assert re.findall(r"平板 ([0-9]+) 号  ✗ 记录中的选择与任务单不同", told) == [str(liar)]
    assert told.count("✓ 与任务单一致") == PEOPLE - 1
    # Another poll's tasks, or a record that was changed, say so instead of comparing.
    other = Tasks(bytes(32), tasks.marks)
    (tmp_path / "other.json").write_bytes(other.to_bytes())
    status, told = run("compare", str(tmp_path / "other.json"), str(record), typed=typed)
    assert (status, "核验码不同" in told) == (1, True)
