"""Cards that are replaced, or printed again, while one meeting holds several polls."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.records.builder import P256, Card, Plan, Vote, b64, build

SIG = b64(bytes(63) + b"\1")


def at(event: str, act: Callable[[Vote], None], **plan: Any) -> Plan:
    """`act` happens just before each entry of this event."""
    return Plan(before=lambda vote, found: act(vote) if found == event else None, **plan)


def printed_again() -> Card:
    return Card("D015", b"q" * 16, P256())


# --- a card's key is nobody else's


def to_a_deputys_key(vote: Vote) -> None:
    vote.replaced(vote.cards[15], printed_again(), card_key=b64(vote.cards[1].key.public))


def to_its_own_old_key(vote: Vote) -> None:
    vote.replaced(vote.cards[15], printed_again(), card_key=b64(vote.cards[15].key.public))


def to_the_key_of_an_earlier_replacement(vote: Vote) -> None:
    first, second = printed_again(), printed_again()
    second.card_id = b"r" * 16
    vote.replaced(vote.cards[15], first)
    vote.replaced(vote.cards[15], second, card_key=b64(first.key.public))


@pytest.mark.parametrize(
    "act", [to_a_deputys_key, to_its_own_old_key, to_the_key_of_an_earlier_replacement]
)
def test_a_new_card_has_a_key_of_its_own(act, pool, judge):
    report = judge(build(at("issuing_opened", act), pool))
    assert report.failed_step == 5, report
    assert "some deputy's already" in report.reason


# --- after publication


def test_a_card_printed_for_a_later_poll_checks_in_after_publication(pool, judge):
    plan = at("exported", lambda vote: vote.check_in(printed_again()), later_entries=True)
    report = judge(build(plan, pool))
    assert report.good, report


def test_until_publication_only_cards_of_the_roster_check_in(pool, judge):
    plan = at("result_published", lambda vote: vote.check_in(printed_again()))
    assert judge(build(plan, pool)).failed_step == 5


def test_a_card_of_the_roster_checks_in_once_even_after_publication(pool, judge):
    plan = at("exported", lambda vote: vote.check_in(vote.cards[3]), later_entries=True)
    assert judge(build(plan, pool)).failed_step == 5


def test_an_ended_card_is_nobodys_whatever_it_does_later(pool, judge):
    first, second = printed_again(), Card("D015", b"r" * 16, P256())

    def act(vote: Vote, event: str) -> None:
        if event == "issuing_opened":
            vote.replaced(vote.cards[15], first)
            vote.replaced(vote.cards[15], second)
        elif event == "exported":
            ended = Card("D015", b"q" * 16, first.key)
            vote.check_in(ended)
            vote.check_in(ended)

    report = judge(build(Plan(before=act, later_entries=True), pool))
    assert report.good, report


# --- a re-vote


class Revote(Vote):
    """D015 got a new card for the earlier poll; this poll's roster still has the old one."""

    def earlier_poll(self) -> str:
        self.new = printed_again()
        poll = super().earlier_poll()
        self.early()
        return poll

    def early(self) -> None:
        """What the new card did at this meeting before this poll was defined."""
        self.check_in(self.new)

    def prepare(self) -> None:
        self.replaced(self.cards[15], self.new)
        super().prepare()

    def check_in(self, card: Card) -> None:
        if card.number != "D015" or card is self.new:  # once a meeting and card
            super().check_in(card)


class Twice(Revote):
    def early(self) -> None:
        self.check_in(self.new)
        self.check_in(self.new)


class NotSigned(Revote):
    def early(self) -> None:
        self.log.add("checked_in", meeting="m1", deputy=b64(self.new.card_id), sig=SIG)


class Elsewhere(Revote):
    def early(self) -> None:
        self.log.add("checked_in", meeting="m2", deputy=b64(self.new.card_id), sig=SIG)


class TooLate(Revote):
    def early(self) -> None:
        pass

    def prepare(self) -> None:
        self.check_in(self.new)  # this poll is defined, and nobody holds this card yet
        super().prepare()


EVERYBODY = Plan(other_poll=True, absent=0, issued=16)


def test_a_check_in_counts_for_a_card_that_is_the_deputys_only_later(pool, judge):
    report = judge(Revote(EVERYBODY, pool).made())
    assert report.good, report
    assert "16 check-ins" in report.figures[5]
    assert "checked in 16" in report.figures[10]


@pytest.mark.parametrize("vote", [Twice, NotSigned, Elsewhere, TooLate])
def test_an_early_check_in_that_does_not_count(vote, pool, judge):
    report = judge(vote(EVERYBODY, pool).made())
    assert report.failed_step == 5, report
