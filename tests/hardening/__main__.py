"""`make fuzz-api`: the API under many requests made from its description (EXAMPLES=2000 a call)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hardening.fuzzing import fuzz, issuing, operations


def main() -> None:
    """A congress in which issuing is open, and then every call in turn."""
    with tempfile.TemporaryDirectory() as folder, issuing(Path(folder)) as world:
        for operation in operations():
            print(operation.label, flush=True)
            fuzz(operation, world.host.base, int(sys.argv[1]))
        print((Path(folder) / "server.log").read_text() or "The server had nothing to say.")


if __name__ == "__main__":
    main()
