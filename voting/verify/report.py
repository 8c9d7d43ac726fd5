"""What goes in and comes out of a verification: anchors, the failure, the report."""

from dataclasses import dataclass, field


class Failure(Exception):
    """The record is not what the document says. The step is the one that was under way."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)  # these, so that a worker's failure can be sent
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True)
class Anchors:
    """What was learnt outside the record: from paper, the hall screen, a deputy's receipt.

    poll_hash, log_key: 32 bytes. checkpoints: signed notes, as text. receipts: the JSON of the
    receipt's QR code, or the 20 base32 characters in fours that the tablet showed.
    """

    poll_hash: bytes | None = None
    log_key: bytes | None = None
    checkpoints: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The outcome. `failed_step` is None when the record is good, else 1 to 10.

    figures: one sentence for each step that passed. to_compare: name and value of what is to be
    held against the paper notes. anchors_used: one sentence for each outside anchor that agreed.
    """

    failed_step: int | None
    where: str
    reason: str
    figures: dict[int, str] = field(default_factory=dict)
    to_compare: dict[str, str] = field(default_factory=dict)
    anchors_used: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.failed_step is None
