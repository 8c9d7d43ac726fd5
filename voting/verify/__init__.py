"""The offline verifier of a published record.

It shares docs/record-format.md with the server, and no code. It imports the standard library,
`cryptography` and, where present, gmpy2. Run it as `python -m voting.verify RECORD`, or call

    report = verify("record.zip", Anchors(poll_hash=...))
    if report.good: ...
"""

from .check import verify
from .report import Anchors, Failure, Report

__all__ = ["Anchors", "Failure", "Report", "verify"]
