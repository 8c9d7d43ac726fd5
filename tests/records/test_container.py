"""The zip is the one that its members give, byte for byte."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.builder import NAMES, Made, pack
from voting.verify import verify


def rezip(made: Made, **fields: object) -> bytes:
    """The same members with other fields in each ZipInfo."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in made.members.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            for field, value in fields.items():
                setattr(info, field, value)
            archive.writestr(info, data)
        archive.comment = b""
    return out.getvalue()


FIELDS = [
    {"create_system": 0},
    {"create_version": 45},
    {"extract_version": 10},
    {"external_attr": 0o100755 << 16},
    {"internal_attr": 1},
    {"date_time": (1980, 1, 1, 0, 0, 2)},
    {"date_time": (2026, 1, 1, 0, 0, 0)},
    {"extra": b"\x01\x00\x00\x00"},
    {"comment": b"x"},
    {"compress_type": zipfile.ZIP_DEFLATED},
]


@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_other_header_fields(fields, good, judge):
    assert rezip(good) == good.zip()
    assert judge(rezip(good, **fields)).failed_step == 1


def test_other_members(good, judge):
    members = good.members
    swapped = {name: members[name] for name in [*NAMES[1:], NAMES[0]]}
    for changed in (swapped, {**members, "x": b""}, dict(list(members.items())[:-1]), {}):
        assert judge(pack(changed)).failed_step == 1


def test_bytes_around_and_between(good, judge):
    data = good.zip()
    start = struct.unpack_from("<I", data, len(data) - 6)[0]
    gap = data[:start] + b"\0" + data[start:-6] + struct.pack("<IH", start + 1, 0)
    comment = data[:-2] + b"\x01\x00x"
    for changed in (b"", b"x" + data, data + b"\0", data[:-1], gap, comment, data * 2):
        assert judge(changed).failed_step == 1


def test_a_directory_or_a_missing_file(tmp_path):
    assert verify(tmp_path).failed_step == 1
    assert verify(tmp_path / "none.zip").failed_step == 1


def headers(data: bytes) -> list[int]:
    """The places of all bytes that belong to no member's contents."""
    places, offset = [], 0
    for name in NAMES:
        size = struct.unpack_from("<I", data, offset + 18)[0]
        places += range(offset, offset + 30 + len(name))
        offset += 30 + len(name) + size
    return [*places, *range(offset, len(data))]


def test_every_byte_of_the_headers(good, judge):
    data = good.zip()
    for place in headers(data)[::5]:
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert judge(changed).failed_step == 1, place


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_at_all(judge, data):
    assert judge(data).failed_step == 1


def test_a_member_changed_under_its_checksum(good, judge):
    data = good.zip()
    place = data.index(b"THE RECORD")
    assert judge(data[:place] + b"t" + data[place + 1 :]).failed_step == 1
