"""Steps are taken in this process, on an instance of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.world import new_app
from voting import db


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A server on a new instance."""
    made = new_app(tmp_path)
    with made.app_context():
        yield made
        db.db.engine.dispose()
