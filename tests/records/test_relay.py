"""Records of polls whose ballots came by a relay."""

import pytest

from tests.records.builder import Plan, build

RELAY = {"name": "监票组", "origin": "https://relay.hall:8443"}


def by(**changes):
    return Plan(definition=lambda value: value.update(relay={**RELAY, **changes}))


@pytest.mark.parametrize(
    "origin",
    [
        *("https://relay.hall", "https://192.168.1.20:1", "https://[fe80::1]:99999"),
        *("https://a-b.c", f"https://{'a' * 253}:8443", "https://relay.hall:4430"),
    ],
)
def test_a_poll_may_name_a_relay(origin, pool, judge):
    assert judge(build(by(origin=origin), pool)).good


@pytest.mark.parametrize(
    "plan",
    [
        Plan(definition=lambda value: value.update(relay=None)),
        Plan(definition=lambda value: value.update(relay={})),
        Plan(definition=lambda value: value.update(relay=[RELAY])),
        by(key="x"),
        by(name=None),
        *(
            by(origin=origin)
            for origin in (
                *("http://relay.hall", "https://relay.hall/", "https://relay.hall:443"),
                *("https://relay.hall:", "https://relay.hall:0", "https://relay.hall:080"),
                *("https://relay.hall:100000", "https://RELAY.hall", "https://", "https://[::1"),
                *("https://a b", "https://relay.hall\n", "https://u@relay.hall", "https://中"),
                *(f"https://{'a' * 254}", "https://relay.hall:８443", 7, None),
            )
        ),
    ],
)
def test_what_a_definition_cannot_say_of_a_relay(plan, pool, judge):
    assert judge(build(plan, pool)).failed_step == 1
