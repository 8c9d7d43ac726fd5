"""The attack book: `python -m tests.records.book > docs/attack-book.md`.

With a folder it writes the forged records there instead, good ones too, and `steps.csv`: for each
the step that it must fail at, for whoever writes another verifier.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from tests.records import test_container, test_forged, test_good, test_tamper, test_witnesses
from tests.records.builder import build, new_rsa

HEAD = """\
# The attack book

Records that somebody changed or forged, and hostile acts against a running hall, each with what
catches it. `python -m tests.records.book` writes the first part from the tests themselves; both
verifiers, which share no code, must name the same step of every one.

## Records

"Forged" records are made with all the keys, log and issuers' alike, and are consistent in
themselves but for the one thing named; the others are changed after they were made.

| no. | what was done | step that fails | test |
|---:|---|---:|---|
"""


def rows() -> list[tuple[str, int, str]]:
    """What was done, the step that catches it, the test."""
    found = [
        (f"forged: {name}", step, "test_forgery") for name, (_, step) in test_forged.ALL.items()
    ]
    named = "test_what_is_no_cosignature_of_a_witness"
    found += [(f"cosignature: {n}", step, named) for n, (_, step) in test_witnesses.WRONG.items()]
    for fields in test_container.FIELDS:
        what = "; ".join(f"{name} {value!r}" for name, value in fields.items())
        found.append((f"zip header: {what}", 1, "test_other_header_fields"))
    for one, other in test_tamper.SPELLINGS:
        what = f"a second spelling: {_short(one)} as {_short(other)}"
        found.append((what, 1, "test_a_second_spelling"))
    return found + [(what, step, test) for test, (what, step) in OTHERS.items()]


def _short(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace").encode("ascii", "backslashreplace").decode()
    return f"`{text[:40]}`".replace("|", "\\|").replace("\n", "\\n")


OTHERS = {
    "test_every_single_byte_of_every_member": (
        "every single byte of every member changed",
        1,
    ),
    "test_a_byte_more_or_less": (
        "a byte more or less in a member",
        1,
    ),
    "test_bytes_around_and_between": (
        "bytes before, between or after the parts of the zip",
        1,
    ),
    "test_other_members": (
        "members missing, added or in another order",
        1,
    ),
    "test_a_member_changed_under_its_checksum": (
        "a member changed under its checksum",
        1,
    ),
    "test_long_and_deep_lines": (
        "lines of 1 MiB and more, and nesting of 64 and more",
        1,
    ),
    "test_sizes_are_looked_at_before_any_member_is_read": (
        "a member said to be larger than it may be",
        1,
    ),
    "test_no_room_is_made_for_a_batch_that_was_not_released": (
        "millions of batches that were never released",
        8,
    ),
    "test_more_checkpoints_than_log_lines": (
        "more checkpoints than log entries",
        1,
    ),
    "test_a_checkpoint_of_more_entries_than_any_log": (
        "a checkpoint of more entries than any log",
        2,
    ),
    "test_a_note_of_another_name_or_of_none": (
        "a checkpoint under another name",
        2,
    ),
    "test_one_issuing_key_for_two_epochs_or_issuers": (
        "one issuing key for two epochs, or two issuers",
        5,
    ),
    "test_a_checkpoint_left_out": (
        "a checkpoint left out",
        2,
    ),
    "test_a_witness_missing_where_tablets_waited_for_it": (
        "a witness's line left out where tablets waited for it",
        4,
    ),
    "test_keys_of_the_definition_are_those_that_sign": (
        "another log key or issuer in the definition than signs",
        2,
    ),
    "test_a_high_s_is_bound_even_though_it_is_valid": (
        "the other of the two ECDSA signatures that verify",
        5,
    ),
    "test_another_poll_or_log": (
        "another whole record, made up from end to end",
        2,
    ),
    "test_noted_checkpoints_that_disagree": (
        "a log that contradicts a checkpoint noted outside",
        2,
    ),
    "test_a_promised_ballot_that_is_missing": (
        "a receipted ballot left out of the record",
        10,
    ),
    "test_no_mutation_passes_and_none_is_a_riddle": (
        "a thousand mutations of members, lines and values",
        1,
    ),
}

ACTS = """
## Acts against a running hall

Every row of [threat-model.md](threat-model.md) names the test that plays it;
`tests/test_documents.py` holds that each of them exists.
"""


def written() -> str:
    """The document."""
    lines = [
        f"| {number} | {what} | {step} | `{test}` |"
        for number, (what, step, test) in enumerate(rows(), 1)
    ]
    return HEAD + "\n".join(lines) + "\n" + ACTS


def write_records(folder: Path) -> None:
    """The records that are made with all keys, as files."""
    pool = [new_rsa() for _ in range(4)]
    plans = [(name, plan, "good") for name, plan in test_good.PLANS.items()]
    plans += [(name, plan, step) for name, (plan, step) in test_forged.ALL.items()]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "steps.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["record", "step that fails", "what was done"])
        for number, (name, plan, step) in enumerate(plans, 1):
            record = f"{number:03}.zip"
            (folder / record).write_bytes(build(plan, pool).zip())
            table.writerow([record, step, name])


if __name__ == "__main__":
    if sys.argv[1:]:
        write_records(Path(sys.argv[1]))
    else:
        print(written(), end="")
