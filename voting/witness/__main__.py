"""`python -m voting.witness FOLDER [--server URL --id ID]`: follow a congress's log and cosign it.

The first run makes the witness (`--server`, `--id`) and prints the key that the administrator is
given; later runs need the folder only. It ends, with status 1, when the log shows two histories:
the evidence is then in `two-histories.txt`, and scrutineers must be told before anybody votes on.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from voting.core.encoding import b64, is_id
from voting.core.errors import Refused
from voting.witness import memory
from voting.witness.memory import NotSetUp, State
from voting.witness.server import Forgotten, Server, Unanswered
from voting.witness.witness import TwoHistories, Witness

EVERY = 1.0  # seconds between two questions
EVIDENCE = "two-histories.txt"


def main() -> int:
    """Set up what is missing, then follow the log until somebody ends it."""
    os.umask(0o077)
    arguments = _arguments()
    try:
        _set_up(arguments)
        return run(arguments.folder)
    except (NotSetUp, Unanswered, Refused) as error:
        print(f"witness: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voting.witness", description=__doc__)
    parser.add_argument("folder", type=Path, help="where this witness keeps its key and its state")
    parser.add_argument("--server", metavar="URL", help="at the first run: whose log to follow")
    parser.add_argument("--id", help="at the first run: a-z, 0-9 and hyphens, such as w1")
    return parser.parse_args()


def _set_up(arguments: argparse.Namespace) -> None:
    if memory.is_set_up(arguments.folder):
        return
    if not arguments.server or not arguments.id or not is_id(arguments.id):
        raise NotSetUp("the first run needs --server URL and --id ID (a-z, 0-9, hyphens)")
    server = Server(arguments.server.rstrip("/"))
    congress, log_key = server.log()
    state = State(server.base, congress, log_key, arguments.id)
    memory.set_up(arguments.folder, state)


def run(folder: Path) -> int:
    """Follow the log; returns when it shows two histories."""
    kept = memory.opened(folder)
    witness, server = Witness(kept), Server(kept.state.server)
    print(f"log key: {b64(kept.state.log_key)}")
    print(f"verifier key for the administrator: {witness.identity().verifier_key()}", flush=True)
    given, said = 0, ""  # of which size the server has our line, as far as this process knows
    while True:
        try:
            given, said = turn(witness, server, given), ""
        except TwoHistories as caught:
            return _tell(folder, caught)
        except Forgotten:
            return _tell(folder, witness.forgotten())
        except (Unanswered, Refused) as error:
            if str(error) != said:
                said = str(error)
                print(f"witness: {said}; asking again", file=sys.stderr, flush=True)
            time.sleep(EVERY)


def turn(witness: Witness, server: Server, given: int) -> int:
    """Hand in what is in memory, else take the next head into it; how far the server has ours.

    In this order a head that was kept before a crash is still cosigned, and none is passed over.
    """
    if witness.size > given:
        server.give(witness.size, witness.cosignature(int(time.time())))
        print(f"cosigned: {witness.size}", flush=True)
        return witness.size
    found = server.after(given)
    if found is None:
        time.sleep(EVERY)
    else:
        witness.follow(*found)
    return given


def _tell(folder: Path, caught: TwoHistories) -> int:
    (folder / EVIDENCE).write_text(caught.evidence(), "utf-8")
    print(
        f"witness: THE LOG SHOWS TWO HISTORIES; the evidence is in {folder / EVIDENCE}.\n"
        "日志出现两个不同的历史：请立即报告总监票人，停止表决。",
        file=sys.stderr,
        flush=True,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
