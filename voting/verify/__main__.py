"""`python -m voting.verify RECORD`: exit status 0 if the record is good, 1 if anything is wrong."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from .check import verify
from .report import Anchors, Report
from .strict import b64_pattern, unb64

_STEPS = (
    "record",
    "log",
    "definition",
    "phases",
    "issuances",
    "roll",
    "ballots",
    "batches",
    "result",
    "figures",
)
_WITH_VALUE = ("--poll-hash", "--log-key", "--checkpoint", "--receipt")


def _key(text: str) -> bytes:
    if not re.fullmatch(b64_pattern(32), text):
        raise argparse.ArgumentTypeError("not 32 bytes in base64url (43 characters)")
    return unb64(text)


def _file(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"cannot be read: {error}") from None


def _text_or_file(value: str) -> str:
    try:
        return _file(value) if Path(value).is_file() else value
    except OSError:  # too long to be a name
        return value


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m voting.verify", description="Verify the published record of a vote."
    )
    parser.add_argument("record", help="the record, a zip file")
    parser.add_argument("--poll-hash", type=_key, metavar="B64", help="from the paper note")
    parser.add_argument("--log-key", type=_key, metavar="B64", help="from the paper note")
    parser.add_argument(
        "--checkpoint", type=_file, action="append", default=[], metavar="FILE", help="signed note"
    )
    parser.add_argument(
        "--receipt",
        type=_text_or_file,
        action="append",
        default=[],
        metavar="TEXT_OR_FILE",
        help="the text of a receipt's QR code, or its 20 characters",
    )
    parser.add_argument("--progress", action="store_true", help="show progress without a terminal")
    return parser.parse_args(list(_joined(sys.argv[1:] if argv is None else argv)))


def _joined(argv: list[str]) -> Iterator[str]:
    """Options with their values in one: argparse takes a value like "-x_3…" for an option."""
    words = iter(argv)
    for word in words:
        value = next(words, None) if word in _WITH_VALUE else None
        yield word if value is None else f"{word}={value}"


def _progress(name: str, done: int, size: int) -> None:
    """One line on stderr, redrawn; members that are read at once show nothing."""
    if size > 1 << 20:
        bar = "#" * (30 * done // size)
        end = "\r" if done < size else "\r" + " " * 60 + "\r"
        print(f"\r{name:16} [{bar:30}]", end=end, file=sys.stderr, flush=True)


def _print(report: Report) -> None:
    for step, figure in report.figures.items():
        print(f"{step:2} {_STEPS[step - 1]:11} {figure}")
    if report.failed_step is not None:
        print(f"{report.failed_step:2} {_STEPS[report.failed_step - 1]:11} FAILED")
        print(f"   {report.where}: {report.reason}")
        print(f"\nNOT GOOD: step {report.failed_step} failed.")
        print(f"核验未通过：第 {report.failed_step} 步不符。")
        return
    _print_anchors(report)
    print("\nGOOD: the record passes all ten steps.\n核验通过：全部十步相符。")


def _print_anchors(report: Report) -> None:
    print("\nFrom outside the record:")
    for sentence in report.anchors_used:
        print(f"   {sentence}")
    if not report.anchors_used:
        print("   nothing was given. A record forged from end to end would pass as well:")
        print("   compare these with the signed paper notes and the hall screen.")
    for name, value in report.to_compare.items():
        print(f"   {name}: {value}")


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    anchors = Anchors(
        poll_hash=arguments.poll_hash,
        log_key=arguments.log_key,
        checkpoints=tuple(arguments.checkpoint),
        receipts=tuple(arguments.receipt),
    )
    shown = arguments.progress or sys.stderr.isatty()
    report = verify(arguments.record, anchors, _progress if shown else None)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    _print(report)
    return 0 if report.good else 1


def run() -> int:
    """`main`, ended quietly by Ctrl-C or a closed pipe."""
    try:
        return main()
    except (KeyboardInterrupt, OSError):  # OSError: nobody reads what is printed
        return 1


if __name__ == "__main__":
    sys.exit(run())
