"""Pages for everybody: no cookie and no session on them, whoever looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.conftest import Browser

Opened = Callable[[str], Browser]
HASH = "A" * 43


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/health", 200), (f"/results/{HASH}", 404), (f"/board/{HASH}", 404),
     ("/results/x", 400), ("/nothing", 404), ("/static/css/base.css", 200)],
)  # fmt: skip
def test_an_official_is_nobody_there(browser: Opened, path: str, status: int) -> None:
    for someone in (browser(""), browser("presidium")):
        answer = someone.get(path)
        assert answer.status_code == status
        assert "Set-Cookie" not in answer.headers
        assert "退出" not in answer.text
        answer.close()


def test_the_tally_is_for_the_presidium_alone(app: Flask) -> None:
    views = [view for name, view in app.view_functions.items() if name.startswith("presidium.")]
    assert len(views) == 2
    assert all(view.__audience__ == {"presidium"} for view in views)  # type: ignore[attr-defined]


def test_a_form_without_its_token_changes_nothing(browser: Opened) -> None:
    secretary = browser("secretariat")
    values = {"id": "meeting-3", "title": "第三次会议", "date": "2026-11-22"}
    assert secretary.client.post("/office/meeting", data=values).status_code == 400
    assert "还没有建立会议" in secretary.get("/office").text


def test_everybody_may_have_the_verifier(browser: Opened) -> None:
    answer = browser("").client.get("/verifier.pyz")
    assert answer.status_code == 200
    assert answer.data.startswith(b"#!")
    assert "attachment" in answer.headers["Content-Disposition"]
