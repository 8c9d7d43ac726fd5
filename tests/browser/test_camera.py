"""Cards shown to the tablet's camera, played in Chromium: read here, sent nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import qrcode
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.test_tablet import PATIENCE, TABLET, press, scan, screen
from voting.cards.sheet import fresh_digits
from voting.client.rehearsal import Rehearsal
from voting.web.shell import READER

WIDTH, HEIGHT, RATE = 640, 480, 10
GREY, BLACK, WHITE = 120, 16, 235
READER_FOLDER = Path(__file__).resolve().parents[2] / READER
WATCHED = """
  window.streams = [];
  const { mediaDevices } = navigator;
  const real = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    streams.push(stream);
    return stream;
  };
"""
RUNNING = """
  streams.flatMap((one) => one.getTracks()).filter((one) => one.readyState === "live").length
"""

pytestmark = pytest.mark.skipif(
    not READER_FOLDER.is_dir(), reason="make install could not fetch the camera's reader"
)


def picture(text: str | None) -> bytes:
    """One frame: a grey hall and, before it, a card with this QR code."""
    rows = [bytearray([GREY]) * WIDTH for _ in range(HEIGHT)]
    if text is not None:
        code = qrcode.QRCode(box_size=1, border=4)
        code.add_data(text)
        matrix, scale = code.get_matrix(), 7
        left, top = (WIDTH - len(matrix) * scale) // 2, (HEIGHT - len(matrix) * scale) // 2
        for y, line in enumerate(matrix):
            dots = b"".join(bytes([BLACK if dark else WHITE]) * scale for dark in line)
            for row in rows[top + y * scale : top + (y + 1) * scale]:
                row[left : left + len(dots)] = dots
    return b"FRAME\n" + b"".join(rows) + bytes([128]) * (WIDTH * HEIGHT // 2)


def film(file: Path, *scenes: tuple[str | None, float]) -> Path:
    """What the camera sees, over and over: texts of codes, or none, and for how many seconds."""
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip C420jpeg\n".encode()
    frames = (picture(text) * round(seconds * RATE) for text, seconds in scenes)
    file.write_bytes(head + b"".join(frames))
    return file


@contextmanager
def tablet_that_sees(browser: Browser, seen: Path, *granted: str) -> Iterator[Page]:
    """A tablet whose camera sees that film; `granted` are what its browser has been allowed."""
    fake = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={seen}")
    another = browser.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *fake])
    context = another.new_context(viewport=TABLET, permissions=list(granted))
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCHED)
    yield context.new_page()
    assert context.cookies() == []
    another.close()


def test_a_card_is_shown_to_the_camera(hall: Rehearsal, browser: Browser, tmp_path: Path) -> None:
    scenes = [(None, 1.0), ("https://example.org/", 2.0), (None, 2.0), (hall.cards[3], 6.0)]
    seen = film(tmp_path / "hall.y4m", *scenes)
    with tablet_that_sees(browser, seen, "camera") as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
        page.goto(f"{hall.host.base}/tablet")
        sight = page.locator(".sight")
        expect(sight).to_contain_text("这个二维码不是代表证")
        expect(sight).to_contain_text("放进方框")
        assert page.evaluate(RUNNING) == 1
        screen(page, "confirm")
        expect(page.locator(".deputy")).to_contain_text("田德晓")
        assert page.evaluate(RUNNING) == 0  # it is off as soon as the card is read
        posts = [one for one in sent if one.startswith("POST")]
        assert posts == [f"POST {hall.host.base}/api/card"]
        assert all(one.split(" ")[1].startswith((hall.host.base, "blob:")) for one in sent)


def test_a_card_that_lies_there_is_read_once(
    hall: Rehearsal, browser: Browser, tmp_path: Path
) -> None:
    with tablet_that_sees(browser, film(tmp_path / "x.y4m", (fresh_digits(), 1)), "camera") as page:
        page.goto(f"{hall.host.base}/tablet")
        screen(page, "problem")  # a card of another congress
        expect(page.locator("main")).to_contain_text("名册中没有这张代表证")
        press(page, "next")
        screen(page, "card")
        expect(page.locator(".sight")).to_contain_text("请先拿开刚才的代表证")
        page.wait_for_timeout(2000)
        screen(page, "card")
        page.locator("[data-action=specimen]").click()
        assert page.evaluate(RUNNING) == 0
        scan(page, hall.cards[4])  # a scanner is listened to all the while
        expect(page.locator(".specimen")).to_have_count(0)
        screen(page, "confirm")
        assert page.evaluate(RUNNING) == 0
        page.goto(f"{hall.host.base}/tablet/check")
        expect(page.locator(".checks")).to_contain_text("可以刷证", timeout=PATIENCE)


def test_nobody_is_asked_for_the_camera_unasked(
    hall: Rehearsal, browser: Browser, tmp_path: Path
) -> None:
    with tablet_that_sees(browser, film(tmp_path / "x.y4m", (hall.cards[0], 1))) as page:
        page.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' })")
        page.goto(f"{hall.host.base}/tablet")
        expect(page.locator(".sight")).to_contain_text("可以用摄像头刷证")
        assert page.evaluate("streams.length") == 0
        press(page, "camera")  # this browser refuses
        expect(page.locator(".sight")).to_contain_text("没有允许使用摄像头")
        page.locator("#card-digits").focus()
        scan(page, hall.cards[4])
        screen(page, "confirm")


def test_a_tablet_without_a_camera_fetches_what_the_others_do(
    hall: Rehearsal, browser: Browser
) -> None:
    context = browser.new_context(viewport=TABLET)
    page = context.new_page()
    with page.expect_response("**/static/zxing/reader.wasm") as found:
        page.goto(f"{hall.host.base}/tablet")
    assert found.value.ok
    expect(page.locator("#card-digits")).to_be_visible()
    expect(page.locator(".viewfinder")).to_be_hidden()
    context.close()
