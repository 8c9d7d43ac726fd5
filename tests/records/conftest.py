from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.records.builder import Made, Plan, build, new_rsa
from voting.verify import Anchors, Report, verify

Judge = Callable[..., Report]


@pytest.fixture(scope="session")
def pool() -> list[rsa.RSAPrivateKey]:
    """RSA keys are dear: these four serve all records of the tests."""
    return [new_rsa() for _ in range(4)]


@pytest.fixture(scope="session")
def good(pool: list[rsa.RSAPrivateKey]) -> Made:
    return build(Plan(), pool)


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Verifies a record given as its parts or as the bytes of its zip."""
    path: Path = tmp_path_factory.mktemp("record") / "record.zip"

    def run(record: Made | bytes, anchors: Anchors | None = None) -> Report:
        path.write_bytes(record if isinstance(record, bytes) else record.zip())
        return verify(path, anchors)

    return run
