"""What `/health` tells an operator, and that it tells nobody anything else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.web.conftest import app, instance
from voting.operations import certificates
from voting.web import health

__all__ = ["app", "instance"]


def told(app: Flask) -> list[str]:
    """What needs a person, as seen now."""
    health._seen = (float("-inf"), [])
    answer = app.test_client().get("/health").json
    assert answer is not None
    assert set(answer) == {"problems", "status"}
    assert answer["status"] == ("attention" if answer["problems"] else "ok")
    problems: list[str] = answer["problems"]
    return problems


def test_an_operator_is_told_what_needs_a_person(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = "发票机「本机发票」没有回应。"
    assert told(app) == [away]  # no server runs here, so no issuer does
    certificates.write(tmp_path / "tls", ["127.0.0.1"])
    assert told(app) == [away]
    monkeypatch.setattr(certificates, "LIFE", timedelta(days=10))
    (tmp_path / "tls").rename(tmp_path / "former")
    certificates.write(tmp_path / "tls", ["127.0.0.1"])
    assert told(app) == [away, "会场证书将在两周内到期，或者已经到期。"]
    monkeypatch.setattr(health, "_LEAST_FREE", 10**18)
    assert "磁盘空间不足 1 GB。" in told(app)


def test_who_asks_often_is_told_what_was_seen_last(app: Flask) -> None:
    assert told(app) != []
    at, _ = health._seen
    assert app.test_client().get("/health").json["status"] == "attention"
    assert health._seen[0] == at
