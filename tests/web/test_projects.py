"""The secretariat edits candidate projects on the page, also two at once, up to 定稿."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.conftest import Browser
from tests.web.test_office import draft, import_roster, open_meeting, print_cards
from voting import db
from voting.core.poll import Item
from voting.steps import polls, prepare

LIST = "/office/polls/1/projects"
FORM = "/office/polls/1/project"
THREE = "序号,项目名称\n1,修路\n2,修桥\n3,建园\n"
ERROR = re.compile(r'id="wrong-(\w+)">([^<]+)<')


@pytest.fixture
def secretary(browser: Callable[[str], Browser]) -> Browser:
    """One who has a draft with three projects."""
    secretary = browser("secretariat")
    open_meeting(secretary)
    draft(secretary, seats="1")
    assert import_(secretary, THREE).status_code == 302
    return secretary


def import_(secretary: Browser, text: str, **values: str) -> TestResponse:
    """The answer to the import's confirmation, or to a preview that cannot be confirmed."""
    file = (io.BytesIO(text.encode()), "项目.csv")
    seen = secretary.send(LIST, LIST, file=file, **values)
    return seen if seen.status_code != 200 else secretary.confirm(seen, f"{LIST}/commit")


def items(app: Flask) -> list[Item]:
    with app.app_context(), db.reading() as session:
        return prepare.items_of(session, polls.by_id(session, 1))


def titles(app: Flask) -> list[str]:
    return [f"{item.id} {item.title}" for item in items(app)]


def test_sums_are_typed_as_offices_write_them_and_shown_as_understood(
    app: Flask, secretary: Browser
) -> None:
    typed = {"title": "修水库", "amount_yuan": "1.2亿", "year_amount_yuan": "3,820", "reason": "急"}
    assert secretary.send(FORM, FORM, id="4", **typed).status_code == 302
    assert items(app)[3] == Item(
        "4", "修水库", {"amount_yuan": 120_000_000, "year_amount_yuan": 38_200_000, "reason": "急"}
    )
    assert "总投资 12,000 万元，年度计划投资 3,820 万元" in secretary.get(LIST).text


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    app: Flask, secretary: Browser
) -> None:
    typed = {"id": "2", "title": "", "amount_yuan": "约三千", "content": "五公里", "unit": "交通局"}
    answer = secretary.send(FORM, FORM, **typed)
    assert answer.status_code == 400
    assert {name for name, _ in ERROR.findall(answer.text)} == {"title", "amount_yuan"}
    assert all(text in answer.text for text in typed.values())
    again = secretary.send(FORM, FORM, **typed | {"title": "又修桥", "amount_yuan": "3000万元"})
    assert [name for name, _ in ERROR.findall(again.text)] == ["id"]
    assert len(items(app)) == 3


def test_without_a_script_a_button_moves_a_project_and_numbers_anew(
    app: Flask, secretary: Browser
) -> None:
    now = {"order": ["1", "2", "3"], "renumber": "yes"}
    send_order(secretary, move="2:-1", **now)
    assert titles(app) == ["1 修路", "2 建园", "3 修桥"]
    send_order(secretary, move="0:-1", **now)
    assert titles(app)[0] == "1 修路"


def send_order(secretary: Browser, **values: object) -> TestResponse:
    return secretary.send(LIST, "/office/polls/1/order", **values)


def test_who_orders_second_is_told_and_keeps_the_order_to_save_again(
    app: Flask, browser: Callable[[str], Browser], secretary: Browser
) -> None:
    open_page = secretary.get(LIST)
    browser("secretariat").send(FORM, FORM, id="4", title="建厂")
    late = secretary.confirm(open_page, "/office/polls/1/order", order=["3", "1", "2"])
    assert (late.status_code, "另一人刚刚改动了项目" in late.text) == (409, True)
    assert titles(app) == ["1 修路", "2 修桥", "3 建园", "4 建厂"]
    shown = re.findall(r'name="order" value="(\d)"', late.text)
    assert shown == ["3", "1", "2", "4"]
    assert secretary.confirm(late, "/office/polls/1/order", order=shown).status_code == 302
    assert titles(app) == ["3 建园", "1 修路", "2 修桥", "4 建厂"]


def test_who_changes_a_project_second_is_told_and_sees_both(
    app: Flask, browser: Callable[[str], Browser], secretary: Browser
) -> None:
    page = secretary.get(f"{FORM}?id=2")
    browser("secretariat").send(f"{FORM}?id=2", FORM, id="2", title="修大桥")
    browser("secretariat").send(f"{FORM}?id=1", FORM, id="1", title="修大路")  # another is no harm
    late = secretary.confirm(page, FORM, id="2", title="修小桥")
    assert late.status_code == 409
    assert 'value="修小桥"' in late.text
    assert "现在保存的是：修大桥" in late.text
    assert titles(app) == ["1 修大路", "2 修大桥", "3 建园"]
    assert secretary.confirm(late, FORM, id="2", title="修小桥").status_code == 302
    assert titles(app)[1] == "2 修小桥"


def test_a_project_goes_after_a_confirmation_unless_it_changed_meanwhile(
    app: Flask, secretary: Browser
) -> None:
    remove = f"{FORM}/remove"
    stale = secretary.get(f"{remove}?id=2")
    assert titles(app)[1] == "2 修桥"
    secretary.send(f"{FORM}?id=2", FORM, id="2", title="修大桥")
    assert secretary.confirm(stale, remove).status_code == 409
    assert secretary.send(f"{remove}?id=2", remove).status_code == 302
    assert titles(app) == ["1 修路", "3 建园"]


def test_after_the_definition_no_project_moves(app: Flask, secretary: Browser) -> None:
    import_roster(secretary)
    print_cards(secretary)
    pages = [secretary.get(path) for path in (LIST, f"{FORM}?id=1", f"{FORM}/remove?id=1", FORM)]
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 302
    actions = ["/office/polls/1/order", FORM, f"{FORM}/remove", FORM]
    for page, action in zip(pages, actions, strict=True):
        answer = secretary.confirm(page, action, id="1", title="别的", order=["3", "2", "1"])
        assert answer.status_code == 409, action
    assert secretary.get(f"{FORM}?id=1").status_code == 409
    assert titles(app) == ["1 修路", "2 修桥", "3 建园"]


# The second script

UYGHUR = "序号,项目名称,项目名称（维吾尔文）,建设内容（维吾尔语）\n1,修路,يول,بەش\n2,修桥,كۆۋرۈك,\n"


def test_a_second_script_is_taken_from_its_columns_and_shown_as_it_is_written(
    app: Flask, secretary: Browser
) -> None:
    assert import_(secretary, UYGHUR).status_code == 302
    assert [item.more["second"] for item in items(app)] == [
        {"lang": "ug", "title": "يول", "content": "بەش"},
        {"lang": "ug", "title": "كۆۋرۈك"},
    ]
    assert 'lang="ug" dir="rtl">كۆۋرۈك<' in secretary.get(LIST).text


def test_a_heading_without_a_language_needs_one_to_be_chosen(
    app: Flask, secretary: Browser
) -> None:
    generic = UYGHUR.replace("项目名称（维吾尔文）", "民族文字名称").replace("（维吾尔语）", "")
    answer = import_(secretary, generic)
    assert (answer.status_code, "没有写明是哪种文字" in answer.text) == (400, True)
    assert import_(secretary, generic, second="bo").status_code == 302
    assert items(app)[0].more["second"] == {"lang": "bo", "title": "يول"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [(("كۆۋرۈك", ""), "这一项没有"), (("（维吾尔语）", "（藏文）"), "不是同一种文字"),
     (("يول,", ","), "也要有它的名称")],
)  # fmt: skip
def test_scripts_that_are_mixed_or_missing_are_faults(
    app: Flask, secretary: Browser, changed: tuple[str, str], told: str
) -> None:
    answer = import_(secretary, UYGHUR.replace(*changed))
    assert (answer.status_code, told in answer.text) == (400, True)
    assert len(items(app)) == 3


def test_no_poll_is_defined_while_a_title_in_the_second_script_is_missing(
    app: Flask, secretary: Browser
) -> None:
    import_(secretary, UYGHUR)
    import_roster(secretary)
    print_cards(secretary)
    other = {"second_lang": "bo", "second_title": "བཟོ"}
    mixed = secretary.send(FORM, FORM, id="3", title="建园", **other)
    assert [name for name, _ in ERROR.findall(mixed.text)] == ["second_lang"]
    secretary.send(FORM, FORM, id="3", title="建园")
    assert "还有 1 个项目没有第二种文字的名称（序号 3）" in secretary.get(LIST).text
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 409
    mended = {"second_lang": "ug", "second_title": "باغ"}
    secretary.send(f"{FORM}?id=3", FORM, id="3", title="建园", **mended)
    assert secretary.send("/polls/1", "/polls/1/steps/define").status_code == 302
