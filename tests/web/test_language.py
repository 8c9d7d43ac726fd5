"""A page that was asked for in a language stays in it, wherever its reader goes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from flask import Flask

from tests.web.conftest import PASSWORD, Browser
from voting.core.text import text
from voting.web import language, outcome, tables, words

Open = Callable[[str], Browser]
CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_who_is_sent_to_log_in_comes_back_in_the_same_language(browser: Open) -> None:
    reader = browser("")
    sent = reader.get("/accounts?lang=en")
    assert sent.status_code == 302
    assert sent.location == "/login?next=/accounts&lang=en"
    form = reader.get(sent.location)
    assert "Staff log-in" in form.text
    wrong = reader.confirm(form, "/login?lang=en", login="admin", password="wrong")
    assert wrong.status_code == 400
    assert "must wait 1 to 15 minutes" in wrong.text
    entered = reader.confirm(wrong, "/login?lang=en", login="admin", password=PASSWORD)
    assert entered.location == "/accounts?lang=en"
    assert "New password" in reader.get(entered.location).text


def test_every_link_and_form_carries_the_language_and_no_link_to_a_tablet_does(
    browser: Open,
) -> None:
    for reader, path in ((browser("admin"), "/accounts?lang=en"), (browser(""), "/?lang=en")):
        page = re.sub(r'<p class="tongues">.*?</p>', "", reader.get(path).text)
        links = re.findall(r'(?:href|action)="(/[^"#]*)"', page)
        assert links
        for link in links:
            silent = link.startswith(("/static/", "/tablet"))
            assert ("lang=" in link) is not silent, link


def test_the_switch_leads_to_the_same_page_and_keeps_what_was_asked(browser: Open) -> None:
    page = browser("").get("/login?next=/polls&lang=en").text
    assert '<a href="/login?next=%2Fpolls" lang="zh" hreflang="zh">中文</a>' in page
    assert 'lang="en" hreflang="en" aria-current="true">English</a>' in page
    assert '<html lang="en" dir="ltr">' in page


def test_errors_speak_the_readers_language_and_the_api_always_chinese(browser: Open) -> None:
    admin = browser("admin")
    missing, refused = admin.get("/nothing?lang=en"), admin.get("/polls?lang=en")
    assert (missing.status_code, refused.status_code) == (404, 403)
    assert "There is no such page." in missing.text
    assert "Your account is not allowed to do this." in refused.text
    taken = admin.send(
        "/accounts?lang=en", "/accounts?lang=en", login="admin", name="王某", role="admin"
    )
    assert "The log-in name &#34;admin&#34; is taken." in taken.text
    assert 'value="王某"' in taken.text
    api = admin.get("/api/polls/none?lang=en")
    assert CHINESE.search(api.json["detail"])


def test_a_language_that_nobody_has_is_chinese(browser: Open) -> None:
    page = browser("").get("/?lang=xx").text
    assert '<html lang="zh" dir="ltr">' in page
    assert "lang=xx" not in page


def test_a_table_has_heads_in_the_readers_language_and_titles_as_they_are(app: Flask) -> None:
    table = outcome.Table(
        [text("序号"), text("项目名称"), text("结果")], [["1", "结果", text("入选")]]
    )
    with app.test_request_context("/?lang=en"):
        assert "No.,Project,Result\r\n1,结果,Chosen\r\n" in tables.as_csv(table).decode()
    with app.test_request_context("/"):
        assert "序号,项目名称,结果\r\n1,结果,入选\r\n" in tables.as_csv(table).decode()


def test_a_message_is_said_with_its_values_and_peoples_words_stay(app: Flask) -> None:
    step = text("当前阶段不能进行「%(step)s」。", step=text("开始表决"))
    reason = text("另一位已按此原因确认：%(reason)s。两人须确认同一原因。", reason="结果")
    with app.test_request_context("/?lang=en"):
        assert language.said(step) == '"Open voting" is not possible in the present phase.'
        assert "with this reason: 结果." in language.said(copy.deepcopy(reason))
    assert step == "当前阶段不能进行「开始表决」。"


def test_dates_and_sums_are_written_as_each_language_does(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert words.day("2026-01-09") == "9 January 2026"
        assert words.moment("2026-01-09T17:02:03Z") == "10 January 2026 01:02"
        assert words.money(52_000_000) == "¥52,000,000"
        assert words.titled("票决", 2) == "票决 (round 2)"
    with app.test_request_context("/"):
        assert words.day("2026-01-09") == "2026年1月9日"
        assert words.money(52_000_000) == "5,200 万元"
