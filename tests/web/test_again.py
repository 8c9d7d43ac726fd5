"""A wrong roster or project found after 定稿: void, a draft made from it, corrected, finalised."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import Browser
from tests.web.test_office import (
    ROSTER,
    SAMPLES,
    Opened,
    draft,
    import_roster,
    open_meeting,
    print_cards,
    take,
)
from voting import db
from voting.core.encoding import parse_jcs
from voting.core.errors import Malformed, Refused
from voting.models.office import Poll
from voting.steps import again, log, prepare

VOID = "/polls/1/steps/void"


@pytest.fixture
def secretary(browser: Opened) -> Browser:
    """The secretariat, with a poll of twelve projects that is defined."""
    secretary = browser("secretariat")
    import_roster(secretary)
    open_meeting(secretary)
    print_cards(secretary)
    draft(secretary, seats="10")
    take(secretary, "/office/polls/1/projects", (SAMPLES / "candidates-city-12.csv").read_bytes())
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 302
    return secretary


def void(browser: Opened, reason: str = "名册漏了一位代表") -> None:
    """Two people of two roles."""
    for role in ("presidium", "scrutineer"):
        person = browser(role)
        page = person.get("/polls/1")
        form = page.text[page.text.index(f'action="{VOID}"') :]
        digest = form.split('name="digest" value="')[1].split('"')[0]
        values = {"digest": digest, "reason": reason.replace("\n", "\r\n")}  # as forms send it
        assert person.confirm(page, VOID, **values).status_code == 302


def test_a_wrong_roster_is_corrected_in_a_new_round_that_names_the_void_one(
    app: Flask, browser: Opened, secretary: Browser
) -> None:
    corrected = ROSTER + "4,钱二,东河团,\n"
    assert import_roster(secretary, corrected) == 409  # 定稿 stands still
    assert secretary.send("/polls/1", "/polls/1/again").status_code == 409
    void(browser)
    assert browser("presidium").send("/polls/1", "/polls/1/again").status_code == 403
    answer = secretary.send("/polls/1", "/polls/1/again")
    assert answer.headers["Location"] == "/polls/2"
    assert import_roster(secretary, corrected) == 302
    assert print_cards(secretary, confirm="yes")[0] == 200
    assert secretary.send("/polls/2", "/polls/2/steps/define").status_code == 302
    with app.app_context(), db.reading() as session:
        old, new = session.scalars(select(Poll).order_by(Poll.id))
        assert (new.follows, new.round, new.seats) == (old.hash, 2, 10)
        assert prepare.items_of(session, new) == prepare.items_of(session, old)


def test_a_reason_may_be_as_long_as_its_field_lets_one_type(
    app: Flask, browser: Opened, secretary: Browser
) -> None:
    assert 'maxlength="400"' in secretary.get("/polls/1").text
    reason = "名册漏了一位代表。\n" * 40  # ten characters a line
    void(browser, reason)
    with app.app_context(), db.reading() as session:
        voided = log.latest(session, session.get_one(Poll, 1).hash, "poll_voided")
        assert voided
        assert parse_jcs(voided.entry)["reason"] == reason.strip()


def test_some_of_the_projects_are_voted_on_again(
    app: Flask, browser: Opened, secretary: Browser
) -> None:
    void(browser)
    with app.app_context(), db.writing() as session:
        poll = session.get_one(Poll, 1)
        tied = again.draft_again(session, poll, ["12", "3"])
        assert [item.id for item in prepare.items_of(session, tied)] == ["3", "12"]
        assert tied.seats == 2  # no more than there are
        assert again.draft_again(session, poll, ["3", "12"]) is tied  # once
        for ids in (["3", "99"], []):
            with pytest.raises(Malformed):
                again.draft_again(session, poll, ids)
        with pytest.raises(Refused):
            again.draft_again(session, tied)
