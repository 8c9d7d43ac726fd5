from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.records import second
from tests.records.builder import Made, Plan, build, new_rsa
from voting.verify import Anchors, Report, verify, workers

Judge = Callable[..., Report]


@pytest.fixture(scope="session")
def pool() -> list[rsa.RSAPrivateKey]:
    """RSA keys are dear: these four serve all records of the tests."""
    return [new_rsa() for _ in range(4)]


@pytest.fixture(scope="session")
def good(pool: list[rsa.RSAPrivateKey]) -> Made:
    return build(Plan(), pool)


@pytest.fixture(scope="session")
def browser() -> Iterator[second.Second | None]:
    """The browser's verifier; None where there is no node."""
    if not second.available():
        yield None
        return
    other = second.Second()
    yield other
    other.close()


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory, browser: second.Second | None) -> Judge:
    """Verifies a record given as its parts or as the bytes of its zip, and has the browser's
    verifier do the same: the two must agree."""
    path: Path = tmp_path_factory.mktemp("record") / "record.zip"

    def run(record: Made | bytes, anchors: Anchors | None = None) -> Report:
        path.write_bytes(record if isinstance(record, bytes) else record.zip())
        with pytest.MonkeyPatch.context() as here:  # forking this process costs more than all else
            here.setattr(workers, "_CORES", 1)
            report = verify(path, anchors)
        if browser:
            second.must_agree(report, browser.judge(path, anchors), anchors)
        return report

    return run
