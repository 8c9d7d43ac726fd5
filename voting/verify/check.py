"""The verification, in the ten numbered steps of protocol section 6.

 1. Parse strictly: missing or unknown fields, second spellings, trailing bytes, wrong order fail.
 2. The log: entries in order; every checkpoint signed and a prefix, the last the whole log.
    Cosignatures are those of the definition's witnesses, and valid.
 3. The definition is the one that the log defined; the roster has its root.
 4. The poll's events in the order of the phases, once each; witnessed where witnesses are named.
 5. Issuances: deputy on the roster and checked in, at most one each, signatures valid, as logged.
 6. The roll: seals valid, keys distinct, root and figures as frozen, registered ≤ issued.
 7. Ballots: key on the roll, at most one each, signature valid, marks obey the scale.
 8. Batches: every ballot in exactly one, counts, roots and running tallies as logged.
 9. Tally and decision, recomputed from the definition, equal the result.
10. The figures reconcile; the board is the set of trackers.
"""

from base64 import b64encode
from pathlib import Path

from . import ballots, issuing, log, notes, outcome, reading, roll, witnesses
from .container import Container, Progress
from .definition import Definition
from .report import Anchors, Failure, Report
from .strict import Malformed, b64
from .workers import Workers


class _Trail:
    """What has been found so far. The step under way is the one after the last figure."""

    def __init__(self) -> None:
        self.figures: dict[int, str] = {}
        self.used: list[str] = []
        self.to_compare: dict[str, str] = {}

    def passed(self, figure: str) -> None:
        self.figures[len(self.figures) + 1] = figure

    def report(self, where: str, reason: str, good: bool = False) -> Report:
        step = None if good else min(len(self.figures) + 1, 10)
        return Report(step, where, reason, self.figures, self.to_compare, tuple(self.used))


def verify(
    path: str | Path, anchors: Anchors | None = None, progress: Progress | None = None
) -> Report:
    """Verify the record at `path`. Never raises: whatever is wrong is in the report.

    anchors: what is known from outside, none by default. progress: called with a member's name,
    the bytes read of it and its size, now and then.
    """
    trail = _Trail()
    try:
        with Path(path).open("rb") as file, Workers() as workers:
            container = Container(file, progress or _untold)
            _steps(container, workers, anchors or Anchors(), trail)
    except Failure as failure:
        return trail.report(failure.where, failure.reason)
    except OSError as error:
        return trail.report(str(path), f"cannot be read: {error.strerror}")
    except Exception as error:  # a record made to break this program is not a good record
        return trail.report(str(path), f"the verifier cannot go on: {error!r}")
    return trail.report("", "", good=True)


def _untold(_name: str, _done: int, _size: int) -> None:
    return


def _steps(container: Container, workers: Workers, anchors: Anchors, trail: _Trail) -> None:
    # 1
    record = reading.read(container, workers)
    poll = record.definition
    trail.to_compare |= {
        "poll_hash": b64(poll.poll_hash),
        "核验码": poll.check_number,
        "log key": b64(poll.log_key),
    }
    trail.passed(f"{container.size} bytes, 10 members, SHA-256 {container.sha256}")
    # 2
    _check_log_key(anchors, record, trail)
    noted = tuple(_noted(text, i) for i, text in enumerate(anchors.checkpoints, 1))
    the_log = log.check_log(record, noted)
    trail.used += [_agreed(note, poll) for note in noted]
    trail.to_compare["last checkpoint"] = f"{the_log.size} {b64encode(the_log.root).decode()}"
    trail.passed(
        f"{the_log.size} entries, {len(record.notes)} checkpoints signed by the log key"
        f"{_cosigned(record)}{_apart(the_log)}"
    )
    # 3
    _check_poll_hash(anchors, record, trail)
    log.check_definition(record, the_log)
    trail.passed(f"poll {b64(poll.poll_hash)}, roster of {poll.roster_count} deputies")
    # 4
    course = log.check_course(record, the_log.phases)
    trail.to_compare["roll root"] = b64(course.roll_root)
    trail.passed(f"from poll_defined to result_published, epochs of issuing: {course.last_epoch}")
    # 5
    issued = issuing.check_issuances(record, course)
    trail.passed(
        f"{issued.ballots} of {course.issuing_closed['issued']} signed by card and "
        f"{len(poll.issuers)} issuer(s), {issued.check_ins} check-ins signed by card"
    )
    # 6
    registered = roll.check_roll(record, course, issued)
    trail.passed(f"{registered} keys sealed, of {issued.ballots} issued")
    # 7
    count = ballots.check_ballots(record, course, registered)
    trail.passed(f"{count.returned} of {registered} keys on the roll have a signed ballot")
    # 8
    tally = ballots.check_batches(record, course, count, registered)
    trail.passed(f"{course.releases} batches, reserve {poll.reserve}")
    # 9
    turnout = outcome.turnout_of(poll, issued, registered, count)
    outcome.check_result(record, course, turnout, tally, count.blank)
    trail.passed(f"{len(poll.items)} items decided by '{poll.decision.form}', as in result.json")
    # 10
    outcome.check_figures(course, turnout)
    outcome.check_board(record, course, count)
    trail.used += [outcome.check_receipt(text, record) for text in anchors.receipts]
    trail.passed(
        f"roster {turnout.roster}, checked in {turnout.checked_in}, issued {turnout.issued}, "
        f"registered {turnout.registered}, returned {turnout.returned}; board complete"
    )


# --- anchors


def _check_log_key(anchors: Anchors, record: reading.Record, trail: _Trail) -> None:
    if anchors.log_key is None:
        return
    if anchors.log_key != record.definition.log_key:
        raise Failure("definition.json", "the log key is not the one given from outside")
    trail.used.append("log key: the one given")


def _check_poll_hash(anchors: Anchors, record: reading.Record, trail: _Trail) -> None:
    if anchors.poll_hash is None:
        return
    if anchors.poll_hash != record.definition.poll_hash:
        raise Failure("definition.json", "its poll_hash is not the one given from outside")
    trail.used.append("poll_hash: the one given")


def _agreed(note: notes.Note, poll: Definition) -> str:
    seen = witnesses.check_noted(note, poll)
    cosigned = f"; cosigned by {', '.join(seen)}" if seen else ""
    left = len(note.cosignatures) - len(seen)
    unchecked = f"; {left} cosignature(s) not checked" if left else ""
    return f"{note.where}: signed, and a prefix of the log{cosigned}{unchecked}"


def _cosigned(record: reading.Record) -> str:
    """How far each witness has seen the log."""
    if not record.definition.witnesses:
        return ""
    named = len(record.definition.witnesses)
    whole = sum(len(note.cosignatures) == named for note in record.notes)
    last = len(record.notes[-1].cosignatures)
    return f", {whole} of them cosigned by all {named} witnesses, the last by {last}"


def _apart(the_log: log.Log) -> str:
    """What is no fault of a record, and nothing to pass over."""
    said = ""
    if the_log.relay_keys:
        seqs = ", ".join(map(str, the_log.relay_keys))
        said += f"; relay keys at entry {seqs}: one for each start of the server, or ask why"
    if the_log.restored:
        seqs = ", ".join(map(str, the_log.restored))
        said += f"; the server went on from a copy at entry {seqs}: see the reason there"
    return said


def _noted(text: str, number: int) -> notes.Note:
    where = f"noted checkpoint {number}"
    try:
        return notes.parse(text.encode("utf-8", "surrogatepass"), where)
    except Malformed as error:
        raise Failure(where, str(error)) from None
