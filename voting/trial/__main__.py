"""`python -m voting.trial draw|compare`: exit status 0 if every tablet told the truth, else 1."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from voting.core.errors import Malformed
from voting.core.messages import Marks
from voting.core.poll import Definition, verification_code
from voting.core.trial import missed
from voting.trial import tasks
from voting.trial.tasks import Tasks

SHARES = (1, 2, 5, 10, 20)  # per cent of the tablets that might lie


def draw(given: argparse.Namespace) -> int:
    """Draw tablets and ballots, print what is to be cast where, and what it is worth."""
    definition = Definition.parse(given.definition.read_bytes())
    drawn = tasks.draw(definition, given.tablets, given.test)
    with given.out.open("xb") as file:
        file.write(drawn.to_bytes())
    print(f"试投任务单  {definition.title}  核验码 {verification_code(definition.poll_hash)}\n")
    for tablet, marks in drawn.marks.items():
        print(f"平板 {tablet} 号")
        for line in told(definition, marks):
            print(f"    {line}")
        print("    回执号：____ ____ ____ ____ ____\n")
    print(f"{given.tablets} 台平板抽出 {len(drawn.marks)} 台。若有作假的，一台也没有抽到的可能性：")
    for share in SHARES:
        lying = -(-given.tablets * share // 100)
        chance = missed(given.tablets, lying, len(drawn.marks))
        print(f"    {share:>3}% 的平板（{lying} 台）作假：{chance:.1%}")
    print(f"\n任务已存入 {given.out}，表决公布以前请保密。")
    return 0


def told(definition: Definition, marks: Marks) -> list[str]:
    """A ballot in words, an item a line, those without a mark left out."""
    labels = [mark.label for mark in definition.scale.marks]
    lines = [
        f"{number:>2} {item.title}：{labels[mark]}"
        for number, (item, mark) in enumerate(zip(definition.items, marks, strict=True), 1)
        if mark is not None
    ]
    return lines or ["什么也不选（弃权票）"]


def compare(given: argparse.Namespace, ask: Callable[[str], str] = input) -> int:
    """Ask for the receipts, hold the record against the tasks, and say which tablets agree."""
    drawn = Tasks.parse(given.tasks.read_bytes())
    codes = {tablet: ask(f"平板 {tablet} 号的回执号：") for tablet in drawn.marks}
    wrong = tasks.compare(drawn, given.record, codes)
    for tablet, reason in wrong.items():
        print(f"平板 {tablet} 号  {f'✗ {reason}' if reason else '✓ 与任务单一致'}")
    bad = [tablet for tablet, reason in wrong.items() if reason]
    if bad:
        print(f"\n有 {len(bad)} 台平板不符。不要用这些平板，也不要开始正式表决，先查明原因。")
        return 1
    print(f"\n{len(wrong)} 台平板全部一致。")
    return 0


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m voting.trial", description=__doc__)
    commands = parser.add_subparsers(required=True)
    drawing = commands.add_parser("draw", help="draw tablets and marks")
    drawing.add_argument("definition", type=Path, help="definition.json of the trial's poll")
    drawing.add_argument("--tablets", type=int, required=True, help="how many the hall has")
    drawing.add_argument("--test", type=int, required=True, help="how many are tried")
    drawing.add_argument("--out", type=Path, required=True, help="the file of tasks to write")
    drawing.set_defaults(run=draw)
    comparing = commands.add_parser("compare", help="hold the trial's record against the tasks")
    comparing.add_argument("tasks", type=Path)
    comparing.add_argument("record", type=Path)
    comparing.set_defaults(run=compare)
    given = parser.parse_args()
    try:
        status: int = given.run(given)
    except Malformed as error:
        print(error.message, file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
