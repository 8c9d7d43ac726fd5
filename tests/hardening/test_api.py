"""docs/openapi.yaml describes the API that there is, and no request made from it is too much."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import urllib3
from flask import Flask
from schemathesis.schemas import APIOperation

from tests.hardening.fuzzing import fuzz, issuing, operations
from voting.app import create_app
from voting.client.rehearsal import Rehearsal
from voting.config import Config

EXAMPLES = 10  # a call and kind: `make fuzz-api` tries many


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A congress in which issuing is open."""
    with issuing(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def app(world: Rehearsal) -> Flask:
    """The same instance's application, to read its routes from."""
    return create_app(Config(world.host.instance))


def test_every_call_is_described_and_every_description_is_of_a_call(app: Flask) -> None:
    described = {(each.method.upper(), each.path) for each in operations()}
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert described == there


@pytest.mark.parametrize("operation", operations(), ids=lambda each: each.label)
def test_whatever_comes_is_answered_as_described(world: Rehearsal, operation: APIOperation) -> None:
    fuzz(operation, world.host.base, EXAMPLES)


@pytest.mark.parametrize("size", ["9" * 30, "9223372036854775808"])
def test_a_number_that_is_too_large_is_the_number_of_nothing(world: Rehearsal, size: str) -> None:
    presidium = {"Cookie": world.people["presidium"].cookie}
    for path in (f"/api/log/after/{size}", f"/polls/{size}", f"/paper/{size}"):
        answer = urllib3.request("GET", world.host.base + path, headers=presidium)
        assert answer.status in (400, 404)


def test_the_server_had_nothing_to_complain_of(world: Rehearsal) -> None:
    """After all of the above: no traceback, and nothing of what was sent."""
    assert (world.host.instance.parent / "server.log").read_text() == ""
