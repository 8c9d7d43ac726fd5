"""The program: exit statuses, what it prints, and what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.records.builder import b64
from voting.verify.__main__ import main
from voting.web.handout import packed

ROOT = Path(__file__).parents[2]
ALONE = """
import sys
for name in ("flask", "sqlalchemy", "voting.core", "voting.client", "voting.steps", {more!r}):
    sys.modules[name] = None
import runpy
sys.argv = ["verify", {path!r}]
runpy.run_module("voting.verify", run_name="__main__")
"""


@pytest.fixture
def path(good, tmp_path):
    record = tmp_path / "record.zip"
    record.write_bytes(good.zip())
    return record


def test_a_good_record(path, capsys):
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    assert "5 issuances   14 of 14" in out
    assert "forged from end to end would pass" in out
    assert "核验码" in out
    assert "核验通过" in out


def test_with_anchors(good, path, tmp_path, capsys):
    note = tmp_path / "note.txt"
    note.write_bytes(good.members["checkpoints.txt"].split(b"\n\npiaojue")[0] + b"\n")
    receipt = tmp_path / "receipt.txt"
    receipt.write_bytes(good.lines("board.txt")[0][:20])
    options = ["--poll-hash", b64(good.poll_hash), "--checkpoint", str(note)]
    assert main([str(path), *options, "--receipt", str(receipt)]) == 0
    out = capsys.readouterr().out
    assert "poll_hash: the one given" in out
    assert "forged" not in out


@pytest.mark.parametrize("data", [b"", b"PK", b"\0" * 5000])
def test_a_bad_record(data, path, capsys):
    path.write_bytes(data)
    assert main([str(path)]) == 1
    assert "核验未通过：第 1 步" in capsys.readouterr().out


def test_a_failure_names_step_member_and_line(good, path, capsys):
    lines = good.lines("ballots.jsonl")
    path.write_bytes(good.with_lines("ballots.jsonl", [*lines[1:], lines[0]]).zip())
    assert main([str(path)]) == 1
    assert "ballots.jsonl line 12: out of the order of H(key)" in capsys.readouterr().out


def test_wrong_usage(path):
    for options in (["--poll-hash", "x"], ["--checkpoint", "none"], ["--what"]):
        with pytest.raises(SystemExit) as stopped:
            main([str(path), *options])
        assert stopped.value.code == 2


def test_a_value_may_begin_with_a_hyphen(path, capsys):
    """One poll_hash in 64 does; the value is another poll's, not a wrong usage."""
    assert main([str(path), "--poll-hash", "-" + "A" * 42]) == 1
    assert "NOT GOOD" in capsys.readouterr().out


def test_progress_is_told_when_asked(path, capsys):
    assert main([str(path), "--progress"]) == 0
    assert capsys.readouterr().err == ""  # nothing here is long


@pytest.mark.parametrize("more", ["sqlite3", "gmpy2"])
def test_it_runs_alone(more, path):
    program = ALONE.format(path=str(path), more=more)
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "GOOD" in run.stdout


def test_no_traceback_on_a_plain_terminal(path, tmp_path):
    for name in (path, tmp_path, tmp_path / "none"):
        run = subprocess.run(
            [sys.executable, "-m", "voting.verify", str(name)],
            cwd=ROOT,
            env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            capture_output=True,
            check=False,
        )
        assert run.returncode == (0 if name == path else 1)
        assert run.stderr == b""


def test_it_comes_as_one_file_that_runs_from_an_empty_folder(path, tmp_path):
    folder = tmp_path / "auditor"
    folder.mkdir()
    (folder / "verifier.pyz").write_bytes(packed())
    command = [sys.executable, "-I", "verifier.pyz", str(path)]
    found = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()
    assert "核验通过" in found.stdout.decode()
    path.write_bytes(path.read_bytes()[:-1])
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1
    packed.cache_clear()
    assert packed() == (folder / "verifier.pyz").read_bytes()  # the same sources, the same bytes
