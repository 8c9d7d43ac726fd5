"""Each of the four forms is voted, decided, announced, and its record verified from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.records import second
from tests.world import a_poll, all_do, congress, until_frozen
from voting.client.rehearsal import Rehearsal
from voting.core.messages import Marks

DEPUTIES = 6
BALLOTS: dict[str, Marks] = {
    "choose": [0, 0, None],
    "each": [0, 1, None],
    "grade": [0, 1, 2],
    "rank": [0, None, 2],
}
ANNOUNCED = {
    "choose": ["公办幼儿园扩容工程", "四好农村路建设"],
    "each": ["公办幼儿园扩容工程"],
    "grade": ["公办幼儿园扩容工程：满意", "四好农村路建设：基本满意", "农村公路大中修：不满意"],
    "rank": ["公办幼儿园扩容工程", "农村公路大中修"],
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress of six, all checked in."""
    with congress(tmp_path_factory.mktemp("forms"), DEPUTIES) as world:
        all_do(world.tablets(), "check_in")
        yield world


@pytest.mark.parametrize("form", BALLOTS)
def test_a_form_is_voted_announced_and_verified(hall: Rehearsal, form: str, tmp_path: Path) -> None:
    poll = a_poll(hall, seats=2, items=3, form=form)
    tablets = hall.tablets()
    until_frozen(hall, poll, tablets)
    hall.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(BALLOTS[form])
    hall.step(poll, "close")
    hall.step(poll, "publish")
    name = hall.http.get("/api/status")["poll"]["hash"]
    page = urllib3.request("GET", f"{hall.host.base}/results/{name}").data.decode()
    for sentence in ANNOUNCED[form]:
        assert sentence in page
    record = tmp_path / "record.zip"
    record.write_bytes(hall.record(poll))
    told = subprocess.run(
        [sys.executable, "-m", "voting.verify", str(record), "--poll-hash", name],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout
    if second.available():
        browser = second.Second()
        assert browser.judge(record)["good"]
        browser.close()
