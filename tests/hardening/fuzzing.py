"""Requests that are nearly right, or not at all, made from docs/openapi.yaml by schemathesis."""

from __future__ import annotations

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.schemas import APIOperation

DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def operations() -> list[APIOperation]:
    """What the description describes."""
    return [
        found.ok() for found in schemathesis.openapi.from_path(DESCRIPTION).get_all_operations()
    ]


def fuzz(operation: APIOperation, base: str, examples: int) -> None:
    """Send so many requests of each kind to one call; every answer is as described, none is 500."""
    for mode in GenerationMode:

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
