"""Steps are taken in this process, on an instance of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from voting import cli, db
from voting.app import create_app
from voting.config import Config


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A server on a new instance."""
    config = Config(tmp_path)
    cli.make_instance(config)
    cli.fill_instance(config, ("qingshi-18", "青石县人民代表大会", "第十八届"), "root")
    made = create_app(config)
    with made.app_context():
        yield made
        db.db.engine.dispose()
