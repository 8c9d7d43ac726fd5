"""What gunicorn serves under torture: the product's app, with a clock that can be set."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from voting.app import create_app
from voting.config import Config

_true = time.time


def _set() -> float:
    """The time that the machine's clock would show, had somebody set it."""
    return _true() + int(Path(os.environ["TORTURE_CLOCK"]).read_text())


time.time = _set
app = create_app(Config.from_environment())
app.extensions["piaojue"] = replace(
    app.extensions["piaojue"], clock=lambda: datetime.fromtimestamp(_set(), UTC)
)
