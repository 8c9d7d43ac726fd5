"""What the verifiers' scale is measured on is a record like any other, whatever its size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import records
from tests.records import second
from voting.verify import verify


@pytest.mark.parametrize("deputies", [1, 170])  # one batch; several
def test_a_generated_record_is_good_to_both_verifiers(tmp_path: Path, deputies: int) -> None:
    path = tmp_path / "record.zip"
    records.write(deputies, path)
    report = verify(path)
    assert report.good, report
    assert report.figures[7].startswith(f"{deputies} of {deputies} keys")
    if second.available():
        other = second.Second()
        try:
            assert other.judge(path)["good"]
        finally:
            other.close()


def test_a_generated_record_with_one_byte_changed_is_not(tmp_path: Path) -> None:
    path = tmp_path / "record.zip"
    records.write(20, path)
    data = bytearray(path.read_bytes())
    place = data.rindex(b'"marks":[') + len(b'"marks":[')
    data[place : place + 1] = b"0" if data[place : place + 1] == b"n" else b"1"
    path.write_bytes(data)
    assert verify(path).failed_step == 1  # the container's checksum
