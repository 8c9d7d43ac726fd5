"""Requests that are nearly right, or not at all, made from docs/openapi.yaml by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.world import a_poll, all_do, congress
from voting.client.rehearsal import Rehearsal

DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@contextmanager
def issuing(folder: Path) -> Iterator[Rehearsal]:
    """A congress in which issuing is open, so that every call has something to do or to refuse."""
    with congress(folder, 3) as world:
        poll = a_poll(world)
        all_do(world.tablets(), "check_in")
        world.step(poll, "issue")
        yield world


def operations() -> list[APIOperation]:
    """What the description describes."""
    return [
        found.ok() for found in schemathesis.openapi.from_path(DESCRIPTION).get_all_operations()
    ]


def fuzz(operation: APIOperation, base: str, examples: int) -> None:
    """Send so many requests of each kind to one call; every answer is as described, none is 500."""
    can_be_wrong = operation.method == "post" or "{" in operation.path
    for mode in GenerationMode if can_be_wrong else [GenerationMode.POSITIVE]:

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=base, checks=CHECKS)

        send()
