"""A draft's rule: what may be set, what is warned of, and that the poll is decided by it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.conftest import Browser
from tests.web.test_office import draft, import_roster, open_meeting, print_cards
from tests.web.test_projects import THREE, import_
from voting import db
from voting.core.forms import Base, Decision, Form, Quorum, Scale, Threshold
from voting.steps import polls

NEW = {"title": "民生实事项目票决", "reserve": "20", "round": "1", "base": "roster"}
ERROR = re.compile(r'id="wrong-(\w+)"')


@pytest.fixture
def secretary(browser: Callable[[str], Browser]) -> Browser:
    secretary = browser("secretariat")
    open_meeting(secretary)
    return secretary


def form_of(app: Flask) -> tuple[Scale, Decision]:
    with app.app_context(), db.reading() as session:
        return polls.form_of(polls.by_id(session, 1))


def test_a_rule_of_ones_own_is_what_the_poll_is_defined_with(
    app: Flask, secretary: Browser
) -> None:
    rule = {"most": "2", "base": "checked_in", "pass_way": "least", "pass_num": "2"}
    rule |= {"pass_den": "3", "quorum_num": "1", "quorum_den": "3"}
    assert draft(secretary, seats="1", **rule)[0] == 302
    import_(secretary, THREE)
    import_roster(secretary)
    print_cards(secretary)
    page = " ".join(secretary.get("/office").text.split())
    assert "到会代表三分之二以上通过，按得票取前 1 项，每票最多选 2 项" in page
    assert "低于法定人数" in page  # warned of, and allowed
    assert "低于法定的通过线" in page
    assert secretary.get("/polls/1/figures.json").json["figures"]["quorum"] == 1
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 302
    with app.app_context(), db.reading() as session:
        _, definition = polls.defined(polls.by_id(session, 1))
    least = Threshold(2, 3, over=False)
    assert definition.scale.limits == {0: 2}
    assert definition.decision == Decision(
        Form.CHOOSE, Base.CHECKED_IN, 0, least, Quorum(1, 3), 1, None
    )
    assert secretary.get("/polls/1/figures.json").json["figures"]["quorum"] == 1


def test_the_law_is_the_default_and_no_warning_stands_beside_it(
    app: Flask, secretary: Browser
) -> None:
    draft(secretary, form="rank", seats="2", points_1="5", points_2="3", points_3="0")
    import_roster(secretary)
    page = secretary.get("/office").text
    assert "全体代表过半数（2 票）选了的项目，按得分取前 2 项（各级分值为 5、3、0）" in page
    assert "低于法定" not in page
    assert form_of(app)[1].points == (5, 3, 0)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [({"seats": "十", "quorum_num": "5"}, ["seats", "quorum"]), ({"pass_num": "1"}, ["passing"]),
     ({"pass_num": "2", "pass_den": "1"}, ["passing"]), ({"most": "0"}, ["most"]),
     ({"base": "audience"}, ["base"]), ({"reserve": "0"}, ["reserve"]),
     ({"form": "rank", "points_1": "3"}, ["points"])],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    secretary: Browser, changed: dict[str, str], fields: list[str]
) -> None:
    values = NEW | {"form": "choose", "seats": "10", "quorum_num": "2", "quorum_den": "3"} | changed
    answer = secretary.send("/office/polls/new", "/office/polls", **values)
    assert answer.status_code == 400
    assert sorted(ERROR.findall(answer.text)) == sorted(fields)
    assert "还没有表决" in secretary.get("/polls").text


def test_more_seats_than_projects_are_named_before_the_definition(secretary: Browser) -> None:
    draft(secretary, seats="4")
    import_(secretary, THREE)
    assert "应选数应在1与项目数3之间" in secretary.get("/office").text
