"""What the tests share: hypothesis without deadlines, and servers of their own."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import Cluster, cluster

settings.register_profile("piaojue", deadline=None)
settings.load_profile("piaojue")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server, for whoever needs one."""
    with cluster() as made:
        yield made


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over modules and tests: a tenth of a test's time."""
    gc.collect()
    gc.freeze()
