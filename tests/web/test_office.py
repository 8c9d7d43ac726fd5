"""The secretariat and the administrator at their pages, up to 定稿."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import voting
from tests.web.conftest import Browser
from voting import db
from voting.core import card
from voting.core.phases import Facts
from voting.models.office import CheckIn, Deputy, Poll, Project
from voting.steps import polls
from voting.steps.services import Services

Opened = Callable[[str], Browser]
SAMPLES = Path(voting.__file__).parent / "samples"
ROSTER = (
    "代表证号,姓名,代表团,座位\n1,王玉兰,城关团,10排1座\n2,李建国,东河团,\n3,赵一,城关团,2排1座\n"
)
DIGITS = re.compile(r'class="card-digits">((?:<span>[0-9]{5}</span>){8})<')


@pytest.fixture
def secretary(browser: Opened) -> Browser:
    return browser("secretariat")


def upload(data: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), "表.csv"


def take(secretary: Browser, path: str, data: bytes) -> int:
    """Upload a file and confirm its preview; the status of what was refused, or of the end."""
    preview = secretary.send(path, path, file=upload(data))
    if preview.status_code != 200:
        return preview.status_code
    return secretary.confirm(preview, f"{path}/commit").status_code


def import_roster(secretary: Browser, text: str = ROSTER) -> int:
    return take(secretary, "/office/roster", text.encode())


def open_meeting(secretary: Browser) -> int:
    values = {"id": "meeting-3", "title": "第三次会议", "date": "2026-11-22"}
    return secretary.send("/office", "/office/meeting", **values).status_code


def draft(secretary: Browser, **changed: str) -> tuple[int, str]:
    values = {"title": "民生实事项目票决", "form": "choose", "seats": "10"} | changed
    answer = secretary.send("/office/polls/new", "/office/polls", **values)
    return answer.status_code, answer.text


# The meeting


def test_a_meeting_is_opened(secretary: Browser) -> None:
    assert open_meeting(secretary) == 302
    page = secretary.get("/office").text
    assert "第三次会议" in page
    assert "2026年11月22日" in page


@pytest.mark.parametrize(
    "changed", [{"id": "Meeting 3"}, {"title": " "}, {"date": "22.11.2026"}, {"date": "20261122"}]
)
def test_a_meeting_that_is_refused_keeps_what_was_typed(
    secretary: Browser, changed: dict[str, str]
) -> None:
    values = {"id": "meeting-3", "title": "第三次会议", "date": "2026-11-22"} | changed
    answer = secretary.send("/office", "/office/meeting", **values)
    assert answer.status_code == 400
    for name, text in values.items():
        if text.strip():
            assert re.search(rf'name="{name}"[^>]*value="{re.escape(text)}"', answer.text)


# The roster


def test_the_sample_roster_is_imported(secretary: Browser) -> None:
    data = (SAMPLES / "roster-314.gb18030.csv").read_bytes()
    assert take(secretary, "/office/roster", data) == 302
    assert "314 位代表" in secretary.get("/office/roster").text


def test_faults_are_shown_and_nothing_changes(secretary: Browser) -> None:
    import_roster(secretary)
    file = upload("代表证号,姓名\n7,钱二\n7,\n".encode())
    answer = secretary.send("/office/roster", "/office/roster", file=file)
    assert answer.status_code == 400
    assert answer.text.count("<td>表.csv</td>") == 2
    assert "王玉兰" in secretary.get("/office/roster").text
    assert "钱二" not in secretary.get("/office/roster").text


def test_without_a_file_nothing_happens(secretary: Browser) -> None:
    assert secretary.send("/office/roster", "/office/roster").status_code == 400


# Cards


def print_cards(secretary: Browser, **values: str) -> tuple[int, list[str]]:
    answer = secretary.send("/office", "/office/cards", **values)
    found = [re.sub("[^0-9]", "", digits) for digits in DIGITS.findall(answer.text)]
    return answer.status_code, found


def test_cards_are_printed_once_and_kept_nowhere(
    app: Flask, secretary: Browser, tmp_path: Path
) -> None:
    import_roster(secretary)
    status, digits = print_cards(secretary)
    assert status == 200
    assert len(set(digits)) == 3
    assert all(card.parse(each) == each for each in digits)
    with app.app_context(), db.reading() as session:
        keys = {deputy.name: deputy.card_key for deputy in session.scalars(select(Deputy))}
    printed = [card.derive(each, "qingshi-18").card_key for each in digits]
    assert printed == [keys["赵一"], keys["王玉兰"], keys["李建国"]]  # by delegation, then seat
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(each.encode() in kept for each in digits)


def test_printing_again_must_be_confirmed(secretary: Browser) -> None:
    import_roster(secretary)
    _, first = print_cards(secretary)
    assert print_cards(secretary) == (409, [])
    status, second = print_cards(secretary, confirm="yes")
    assert status == 200
    assert not set(first) & set(second)


def test_a_form_that_was_sent_already_ends_no_cards(secretary: Browser) -> None:
    import_roster(secretary)
    stale = re.findall(r'name="cards" value="([^"]+)"', secretary.get("/office").text)[0]
    print_cards(secretary)
    assert print_cards(secretary, confirm="yes", cards=stale) == (409, [])


def test_no_cards_without_a_roster(secretary: Browser) -> None:
    assert print_cards(secretary) == (409, [])


# Polls


def test_a_poll_and_its_projects(app: Flask, secretary: Browser) -> None:
    open_meeting(secretary)
    assert draft(secretary)[0] == 302
    data = (SAMPLES / "candidates-county-13.csv").read_bytes()
    assert take(secretary, "/office/polls/1/projects", data) == 302
    with app.app_context(), db.reading() as session:
        poll = session.get_one(Poll, 1)
        assert (poll.form, poll.seats, poll.reserve, poll.round) == ("choose", 10, 20, 1)
        assert len(list(session.scalars(select(Project)))) == 13
    assert "13 个候选项目" in secretary.get("/polls/1").text


@pytest.mark.parametrize(
    "changed",
    [{"title": "\u3000"}, {"form": "raise-hands"}, {"seats": ""}, {"seats": "\uff11"},
     {"seats": "0"}, {"reserve": "9"}, {"round": "0"}, {"follows": "A" * 43}, {"follows": "x"}],
)  # fmt: skip
def test_a_poll_that_is_refused_keeps_what_was_typed(
    secretary: Browser, changed: dict[str, str]
) -> None:
    open_meeting(secretary)
    status, text = draft(secretary, **{"title": "某项表决", **changed})
    assert status == 400
    assert 'role="alert"' in text
    assert changed.get("title", "某项表决") in text
    assert "还没有表决" in secretary.get("/polls").text


def amend(secretary: Browser, **values: str) -> tuple[int, str]:
    answer = secretary.send("/office/polls/1", "/office/polls/1", **values)
    return answer.status_code, answer.text


def test_a_wrong_draft_is_amended_and_keeps_its_projects(app: Flask, secretary: Browser) -> None:
    open_meeting(secretary)
    draft(secretary, title="写错的名称")
    page = "/office/polls/1/projects"
    sample = upload((SAMPLES / "candidates-city-12.csv").read_bytes())
    secretary.confirm(secretary.send(page, page, file=sample), f"{page}/commit")
    form = secretary.get("/office/polls/1").text
    assert 'value="写错的名称"' in form
    assert re.search(r'name="form" value="choose"[^>]* checked', form)
    assert re.search(r'name="seats" value="10"', form)
    assert "/office/polls/1" in secretary.get("/polls/1").text
    plan = {"title": "项目满意度测评", "form": "grade", "seats": "9", "reserve": "30", "round": "2"}
    assert amend(secretary, **plan)[0] == 302
    with app.app_context(), db.reading() as session:
        poll = session.scalars(select(Poll)).one()
        assert (poll.title, poll.form, poll.seats) == ("项目满意度测评", "grade", None)
        assert (poll.reserve, poll.round, poll.phase) == (30, 2, "draft")
        assert len(list(session.scalars(select(Project)))) == 12


def test_an_amendment_that_is_refused_changes_nothing(secretary: Browser) -> None:
    open_meeting(secretary)
    draft(secretary)
    status, text = amend(secretary, title="新名称", form="choose", seats="十")
    assert status == 400
    assert 'role="alert"' in text
    assert 'value="新名称"' in text
    assert "新名称" not in secretary.get("/polls").text
    assert secretary.get("/office/polls/2").status_code == 404


def test_a_poll_needs_a_meeting(secretary: Browser) -> None:
    assert draft(secretary)[0] == 409


def test_a_polls_page_decides_nothing_of_the_other_polls(
    secretary: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided, facts = [], polls.facts

    def heard(session: Session, services: Services, poll: Poll) -> Facts:
        decided.append(poll.id)
        return facts(session, services, poll)

    open_meeting(secretary)
    draft(secretary)
    draft(secretary, title="另一项表决")
    monkeypatch.setattr(polls, "facts", heard)
    assert "另一项表决" in secretary.get("/polls/1").text
    assert set(decided) == {1}


def test_what_blocks_a_draft_is_shown_and_enforced(secretary: Browser) -> None:
    open_meeting(secretary)
    draft(secretary)
    assert "还没有候选项目" in secretary.get("/polls").text
    answer = secretary.send("/polls/1", "/polls/1/steps/define")
    assert answer.status_code == 409
    assert "还没有候选项目" in answer.text
    assert secretary.send("/polls/1", "/polls/1/steps/dance").status_code == 404


def test_figures_are_sent_once_until_they_change(secretary: Browser) -> None:
    open_meeting(secretary)
    draft(secretary)
    path = "/polls/1/figures.json"
    answer = secretary.get(path)
    assert answer.json["figures"]["roster"] == 0
    headers = {"If-None-Match": answer.headers["ETag"]}
    assert secretary.client.get(path, headers=headers).status_code == 304
    import_roster(secretary)
    again = secretary.client.get(path, headers=headers)
    assert (again.status_code, again.json["figures"]["roster"]) == (200, 3)


def test_after_the_definition_everything_stands_still(browser: Opened, secretary: Browser) -> None:
    import_roster(secretary)
    open_meeting(secretary)
    print_cards(secretary)
    draft(secretary, seats="1")
    page = "/office/polls/1/projects"
    take(secretary, page, (SAMPLES / "candidates-city-12.csv").read_bytes())
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 302
    assert import_roster(secretary) == 409
    assert print_cards(secretary, confirm="yes")[0] == 409
    file = upload((SAMPLES / "candidates-city-12.csv").read_bytes())
    assert secretary.send("/office", page, file=file).status_code == 409
    assert secretary.get("/office/polls/1").status_code == 409
    plan = {"title": "又一个名称", "form": "each"}
    assert secretary.send("/office", "/office/polls/1", **plan).status_code == 409
    assert "又一个名称" not in secretary.get("/polls").text
    new = {"login": "li.si", "name": "李四", "role": "auditor"}
    assert browser("admin").send("/accounts", "/accounts", **new).status_code == 409
    assert browser("presidium").get("/presidium/1").status_code == 409


# Accounts


def test_a_new_account_gets_a_password_that_is_shown_once(browser: Opened) -> None:
    admin = browser("admin")
    new = {"login": "li.si", "name": "李四", "role": "auditor"}
    answer = admin.send("/accounts", "/accounts", **new)
    password = re.findall(r'id="password">([^<]+)<', answer.text)[0]
    assert password not in admin.get("/accounts").text
    entered = browser("").send("/login", "/login", login="li.si", password=password)
    assert entered.headers["Location"] == "/records"


def test_a_renewed_password_takes_the_old_ones_place(browser: Opened) -> None:
    admin, auditor = browser("admin"), browser("auditor")
    page = admin.get("/accounts").text
    action = re.findall(r"/accounts/[0-9]+/password", page[page.index(">auditor<") :])[0]
    answer = admin.send("/accounts", action)
    assert 'id="password"' in answer.text
    assert auditor.get("/records").status_code == 302


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"login": "Li"}, 400), ({"login": "l"}, 400), ({"login": "-li"}, 400),
     ({"login": "李四"}, 400), ({"login": "admin"}, 409), ({"name": " "}, 400),
     ({"name": "李\x07"}, 400), ({"role": "king"}, 400)],
)  # fmt: skip
def test_accounts_that_are_refused(browser: Opened, changed: dict[str, str], status: int) -> None:
    new = {"login": "li.si", "name": "李四", "role": "auditor"} | changed
    answer = browser("admin").send("/accounts", "/accounts", **new)
    assert answer.status_code == status
    assert 'id="password"' not in answer.text


# One card again


CARD = "/office/roster/card"


def cards(app: Flask) -> dict[str, bytes | None]:
    with app.app_context(), db.reading() as session:
        return {deputy.name: deputy.card_id for deputy in session.scalars(select(Deputy))}


def test_one_card_is_printed_again_and_no_other_ends(app: Flask, secretary: Browser) -> None:
    import_roster(secretary)
    print_cards(secretary)
    before = cards(app)
    stale = secretary.get(f"{CARD}?number=2")
    answer = secretary.confirm(stale, CARD)
    (digits,) = DIGITS.findall(answer.text)
    after = cards(app)
    assert {name for name in before if before[name] != after[name]} == {"李建国"}
    assert after["李建国"] == card.derive(re.sub("[^0-9]", "", digits), "qingshi-18").card_id
    assert secretary.confirm(stale, CARD).status_code == 409  # sent twice, it ends nothing
    assert cards(app) == after
    assert secretary.get(f"{CARD}?number=99").status_code == 404


def test_only_deputies_without_a_card_get_one(app: Flask, secretary: Browser) -> None:
    import_roster(secretary)
    print_cards(secretary)
    before = cards(app)
    import_roster(secretary, f"{ROSTER}4,钱二,东河团,\n")
    status, digits = print_cards(secretary, who="lacking")
    assert (status, len(digits)) == (200, 1)
    assert {name: cards(app)[name] for name in before} == before
    assert print_cards(secretary, who="lacking") == (409, [])


def test_after_the_definition_a_card_is_replaced_by_two_people_only(
    app: Flask, secretary: Browser
) -> None:
    import_roster(secretary)
    open_meeting(secretary)
    print_cards(secretary)
    draft(secretary, seats="1")
    take(secretary, "/office/polls/1/projects", (SAMPLES / "candidates-city-12.csv").read_bytes())
    before, page = cards(app), secretary.get(f"{CARD}?number=2")
    secretary.send("/polls/1", "/polls/1/steps/define")
    assert secretary.confirm(page, CARD).status_code == 409
    assert cards(app) == before
    assert "/polls/1/deputies" in secretary.get(f"{CARD}?number=2").text


# 签到


def test_who_is_absent_is_named_by_delegation(app: Flask, secretary: Browser) -> None:
    import_roster(secretary)
    open_meeting(secretary)
    print_cards(secretary)
    with app.app_context(), db.writing() as session:
        card_id = session.get_one(Deputy, "1").card_id
        session.add(CheckIn(meeting="meeting-3", number="1", card_id=card_id, sig=bytes(64)))
    now = secretary.get("/office/attendance.json").json
    assert now["groups"] == [
        {"here": 1, "count": 1, "away": ["赵一"]},
        {"here": 0, "count": 1, "away": ["李建国"]},
    ]
    assert (now["roster"], now["here"], now["need"], now["lacks"]) == (3, 1, 2, 1)
    assert not now["reached"]
    page = secretary.get("/office/attendance").text
    assert page.index("赵一") < page.index("东河团") < page.index("李建国")
    secretary.send("/office/roster", CARD)  # nothing is named: nothing happens
    assert secretary.get("/office/attendance.json").json == now
