"""Taking in an issuer of another machine: what its file may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from voting.core.encoding import b64, jcs, parse_jcs
from voting.core.errors import Malformed
from voting.issuer import setup


def test_an_issuer_under_whose_key_anybody_signs_is_not_taken_in(tmp_path: Path) -> None:
    public = parse_jcs(setup.make_alone(tmp_path / "elsewhere", "second", "监察").read_bytes())
    weak = jcs({**public, "key": b64(bytes([1]) + bytes(31))})
    with pytest.raises(Malformed, match="bad_keys"):
        setup.introduce(tmp_path / "issuers", weak, ("127.0.0.1", 1))
    assert not (tmp_path / "issuers").exists()
    assert setup.introduce(tmp_path / "issuers", jcs(public), ("127.0.0.1", 1)).exists()
