"""`make fuzz-api`: the API under many requests made from its description (EXAMPLES=2000 a call)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hardening.fuzzing import fuzz, operations
from tests.world import a_poll, congress


def main() -> None:
    """A congress in which issuing is open, and then every call in turn."""
    with tempfile.TemporaryDirectory() as folder, congress(Path(folder), 3) as world:
        world.step(a_poll(world), "issue")
        for operation in operations():
            print(operation.label, flush=True)
            fuzz(operation, world.host.base, int(sys.argv[1]))
        print((Path(folder) / "server.log").read_text() or "The server had nothing to say.")


if __name__ == "__main__":
    main()
