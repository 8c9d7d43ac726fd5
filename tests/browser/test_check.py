"""The tablets' self-check before a meeting, and how their files are kept and replaced."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Page, expect
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.test_tablet import PATIENCE, TABLET
from tests.world import new_app
from voting import db
from voting.steps import prepare
from voting.web.shell import File, Shell, listed

WORKER = (Path(__file__).parents[2] / "static/js/worker.js").read_bytes()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A server in this process, so that the tests can give it other files."""
    app = new_app(tmp_path)
    with app.app_context(), db.writing() as session:
        prepare.open_meeting(session, "meeting-3", "第三次会议", "2026-11-22")
    yield app
    with app.app_context():
        db.db.engine.dispose()


class Handler(WSGIRequestHandler):
    """Says the date once, as the product's server does, and keeps no log."""

    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the Date header that werkzeug adds again."""
        self.send_response_only(code, message)

    def log_request(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """Its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tablet."""
    context = browser.new_context(viewport=TABLET)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    assert context.cookies() == []
    context.close()


def fleet(app: Flask) -> list[tuple[str, str, str, int]]:
    """What the server counted."""
    with app.app_context(), db.reading() as session:
        rows = session.execute(text("SELECT meeting, version, failed, count FROM fleet_count"))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def eventually(page: Page, expression: str, value: object) -> None:
    """Wait until the page, which may load itself again meanwhile, says this."""
    end = time.monotonic() + PATIENCE / 1000
    said: object = None
    while said != value and time.monotonic() < end:
        with suppress(Error):
            said = page.evaluate(expression)
        time.sleep(0.1)
    assert said == value


def last(path: str) -> str:
    """The last line of a file as the page gets it."""
    return f"fetch('{path}').then((r) => r.text()).then((t) => t.trimEnd().split('\\n').pop())"


def changed(old: Shell) -> Shell:
    """The next version: the modules and the page have other bytes."""
    files = dict(old.files)
    for path, mark in (("/static/js/tablet.js", b"// 2\n"), ("/tablet", b"<!-- 2 -->")):
        suffix = ".js" if path.endswith(".js") else ".html"
        files[path] = File.of(files[path].body + mark, suffix)
    return listed(files, WORKER)


def test_a_sound_tablet_passes_and_is_counted_without_a_name(
    app: Flask, base: str, page: Page
) -> None:
    for times in (1, 2):
        page.goto(f"{base}/tablet/check")
        expect(page.locator("h1")).to_contain_text("本机可以使用", timeout=PATIENCE)
        expect(page.locator(".checks .good")).to_have_count(10)
        expect(page.locator("main")).to_contain_text("已经计数")
        version = app.extensions["shell"].version
        assert fleet(app) == [("meeting-3", version, "", times)]


def test_what_is_wrong_is_said_with_what_to_do(app: Flask, base: str, page: Page) -> None:
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.add_init_script("Object.defineProperty(screen, 'width', { value: 320 })")
    page.goto(f"{base}/tablet/check")
    expect(page.locator("h1")).to_contain_text("2 项没有通过", timeout=PATIENCE)
    expect(page.locator(".checks .wrong")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("请退出无痕模式")
    expect(page.locator("main")).to_contain_text("已经计数")
    assert [row[2] for row in fleet(app)] == ["storage screen"]


def test_without_the_cameras_reader_all_else_goes_on(app: Flask, base: str, page: Page) -> None:
    files = app.extensions["shell"].files
    rest = {path: file for path, file in files.items() if "/zxing/" not in path}
    app.extensions["shell"] = listed(rest, WORKER)
    page.goto(f"{base}/tablet/check")
    expect(page.locator("main")).to_contain_text("不能识别二维码", timeout=PATIENCE)
    page.goto(f"{base}/tablet")
    expect(page.locator("#card-digits")).to_be_visible()
    expect(page.locator(".viewfinder")).to_be_hidden()


def test_a_tablet_takes_up_new_files_whole(app: Flask, base: str, page: Page) -> None:
    page.goto(f"{base}/tablet")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    first = app.extensions["shell"]
    app.extensions["shell"] = second = changed(first)
    page.reload()  # the old page, which finds the new version and loads itself again
    expect(page.locator("main")).to_have_attribute("data-screen", "card")
    eventually(page, "caches.keys().then((all) => all.join())", f"shell-{second.version}")
    eventually(page, last("/tablet"), "</html><!-- 2 -->")
    eventually(page, last("/static/js/tablet.js"), "// 2")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("main")).to_have_attribute("data-screen", "card")


def test_half_a_version_is_never_taken_up(app: Flask, base: str, page: Page) -> None:
    page.goto(f"{base}/tablet")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    first = app.extensions["shell"]
    second = changed(first)
    app.extensions["shell"] = replace(
        second, files={**second.files, "/tablet": first.files["/tablet"]}
    )
    page.reload()
    page.wait_for_timeout(1500)
    page.reload()
    expect(page.locator("main")).to_have_attribute("data-screen", "card")
    script = page.evaluate("fetch('/static/js/tablet.js').then((r) => r.text())")
    assert script.encode() == first.files["/static/js/tablet.js"].body
    page.goto(f"{base}/tablet/check")
    expect(page.locator("h1")).to_contain_text("1 项没有通过", timeout=2 * PATIENCE)
    expect(page.locator(".checks .wrong")).to_contain_text("程序版本")
    expect(page.locator("main")).to_contain_text("已经计数")
    assert fleet(app)[0][1:3] == ("", "version")
