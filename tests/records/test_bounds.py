"""A record made to exhaust its verifier is refused before the work is done."""

import tracemalloc

import pytest

from tests.records.builder import Json, Made, Plan, Vote, build, signed_note
from voting.verify import ballots, verify
from voting.verify.container import MAX_LINE, MAX_WHOLE, Member
from voting.verify.report import Failure

LONG = "\N{GRINNING FACE}" + "x" * 200_000  # four bytes a character in memory


@pytest.fixture
def tallies(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each tally that the verifier makes room for."""
    kept: list[object] = []
    empty = ballots._empty
    monkeypatch.setattr(ballots, "_empty", lambda poll: kept.append(poll) or empty(poll))
    return kept


def test_no_room_is_made_for_a_batch_that_was_not_released(pool, judge, tallies):
    names = iter(range(1, 13))

    def name(kind: str, value: Json) -> None:
        if kind == "ballot":
            value["batch"] = next(names)

    report = judge(build(Plan(line=name), pool))
    assert report.failed_step == 8, report
    assert len(tallies) == 2  # of the one batch, and the running one


def test_no_room_is_made_for_more_batches_than_the_reserve_allows(pool, judge, tallies):
    report = judge(build(Plan(batches=[1] * 12), pool))
    assert report.failed_step == 8, report
    assert len(tallies) == 2


def test_every_line_is_measured_wherever_it_begins(tmp_path):
    path = tmp_path / "lines"

    def lines(before: int, size: int) -> list[int]:
        data = b"x" * before + b"\n" + b"y" * size + b"\n"
        path.write_bytes(data)
        with path.open("rb") as file:
            member = Member(file, "x", 0, len(data), lambda *_: None)
            assert b"".join(member.scan()) == data
        return [len(line) for _, line in member.lines()]

    for before in (0, 1, 200_000, 600_000, MAX_LINE - 1, MAX_LINE):
        assert lines(before, MAX_LINE) == [before, MAX_LINE]
        with pytest.raises(Failure, match="line 2: longer"):
            lines(before, MAX_LINE + 1)
        with pytest.raises(Failure, match="line 1: longer"):
            lines(MAX_LINE + 1, before)


def test_a_long_line_is_refused_after_a_short_and_a_long_one(pool, judge):
    for filled in (0, 200_000, 500_000, 900_000):

        def before(vote: Vote, event: str, filled=filled) -> None:
            if event == "issuing_closed":
                vote.log.add("note", text="x" * filled)
                vote.log.add("note", text="y" * 1_400_000)

        assert judge(build(Plan(before=before), pool)).failed_step == 1, filled


@pytest.mark.parametrize("name", ["README.txt", "definition.json", "result.json"])
def test_sizes_are_looked_at_before_any_member_is_read(name, good, tmp_path):
    told: list[str] = []
    path = tmp_path / "record.zip"
    path.write_bytes(good.with_member(name, b"x" * (MAX_WHOLE + 1)).zip())
    report = verify(path, progress=lambda name, _done, _size: told.append(name))
    assert (report.failed_step, report.where) == (1, name)
    assert told == []


def first_note(made: Made) -> bytes:
    return made.members["checkpoints.txt"].split(b"\n\npiaojue")[0] + b"\n"


def test_sizes_of_checkpoints_are_looked_at_before_signatures(good, judge):
    unsigned = first_note(good).replace(b"\n\n\xe2\x80\x94 piaojue", b"\n\n\xe2\x80\x94 other")
    notes = b"\n".join([unsigned, unsigned, good.members["checkpoints.txt"]])
    report = judge(good.with_member("checkpoints.txt", notes))
    assert report.failed_step == 2
    assert "do not grow" in report.reason


@pytest.mark.parametrize(("size", "step"), [(2**53, 2), (10**16 - 1, 2), (10**16, 1)])
def test_a_checkpoint_of_more_entries_than_any_log(size, step, good, judge):
    more = signed_note("c1", good.log_key, size, bytes(32))
    notes = good.members["checkpoints.txt"] + b"\n" + more
    assert judge(good.with_member("checkpoints.txt", notes)).failed_step == step


def test_more_checkpoints_than_log_lines(good, judge):
    entries = len(good.lines("log.jsonl"))
    for count, step in ((entries, 2), (entries + 1, 1)):
        notes = b"\n".join([first_note(good)] * count)
        assert judge(good.with_member("checkpoints.txt", notes)).failed_step == step


def test_what_is_not_read_again_is_not_kept(pool, tmp_path):
    def before(vote: Vote, event: str) -> None:
        if event == "voting_opened":
            for _ in range(40):
                vote.log.add("approved", poll=vote.poll, step=LONG, by="甲", role="主席团")

    path = tmp_path / "record.zip"
    path.write_bytes(build(Plan(before=before), pool).zip())
    tracemalloc.start()
    report = verify(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.good, report
    assert peak < 16 << 20  # the forty steps alone take 32 MB
