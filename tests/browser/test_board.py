"""Deputies look their receipts up: on a board that their own browser has held against the log."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page, Route, expect

from tests.world import a_poll, all_do, until_frozen
from voting.client.rehearsal import Rehearsal
from voting.client.slot import Receipt
from voting.core import messages
from voting.core.encoding import b64, jcs, unb64
from voting.verify import Anchors, verify

PATIENCE = 20_000  # milliseconds, on a slow machine


def voted(hall: Rehearsal) -> tuple[int, str, list[Receipt]]:
    """A whole vote: its number, its hash in b64, what the deputies were given."""
    poll = a_poll(hall)
    tablets = hall.tablets()
    all_do(tablets, "check_in")
    until_frozen(hall, poll, tablets)
    all_do(tablets, "check_roll")
    hall.step(poll, "open")
    receipts = [tablet.cast([0, None, None, None, None]) for tablet in tablets]
    for step in ("close", "publish"):
        hall.step(poll, step)
    return poll, hall.http.get("/api/status")["poll"]["hash"], receipts


def qr_text(receipt: Receipt) -> str:
    """What the receipt's QR code says."""
    return jcs({"promise": b64(receipt.promise), "tracker": b64(receipt.tracker)}).decode()


def look_up(page: Page, text: str) -> None:
    page.locator("[data-receipt]").fill(text)
    page.locator("[data-find]").click()


def answer(page: Page, words: str) -> None:
    expect(page.locator("[data-answer]")).to_contain_text(words, timeout=PATIENCE)


def promised_and_dropped(hall: Rehearsal, poll: str) -> Receipt:
    """What a server gives that then loses the ballot: its log key signs, the board has nothing."""
    key = Ed25519PrivateKey.from_private_bytes((hall.host.instance / "log.key").read_bytes())
    tracker = secrets.token_bytes(32)
    return Receipt(tracker, key.sign(messages.receipt(unb64(poll, 32), tracker)))


def test_a_receipt_is_looked_up_without_asking_the_server(
    hall: Rehearsal, browser: Browser, tmp_path: Path
) -> None:
    number, poll, receipts = voted(hall)
    page = browser.new_page(viewport={"width": 800, "height": 1280})
    page.goto(f"{hall.host.base}/board/{poll}")
    expect(page.locator("[data-checked]")).to_contain_text("已核对", timeout=PATIENCE)
    page.context.set_offline(True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    look_up(page, receipts[3].text()[:20].lower())
    answer(page, "找到了")
    look_up(page, qr_text(receipts[5]))
    answer(page, "签名也有效")
    look_up(page, "A" * 20)
    answer(page, "没有找到")
    look_up(page, "123")
    answer(page, "20 位")
    forged = Receipt(receipts[0].tracker, receipts[1].promise)
    look_up(page, qr_text(forged))
    answer(page, "不是本次表决的服务器签的")
    assert page.locator("[data-save]").is_hidden()

    dropped = qr_text(promised_and_dropped(hall, poll))
    look_up(page, dropped)
    answer(page, "丢票的证据")
    with page.expect_download() as saved:
        page.locator("[data-save]").click()
    evidence = saved.value.path().read_text()
    record = tmp_path / "record.zip"
    record.write_bytes(hall.record(number))
    report = verify(record, Anchors(receipts=(evidence,)))
    assert (report.failed_step, "not on the board" in report.reason) == (10, True)
    assert verify(record, Anchors(receipts=(qr_text(receipts[0]),))).good
    assert not [url for url in sent if url.startswith("http")]
    page.context.close()


def test_a_board_that_is_not_the_logs_is_not_believed(hall: Rehearsal, browser: Browser) -> None:
    _, poll, receipts = voted(hall)
    page = browser.new_page()

    def without_one(route: Route) -> None:
        lines = route.fetch().body().split(b"\n")
        lines.remove(receipts[0].text().encode())
        route.fulfill(body=b"\n".join(lines))

    page.route("**/api/polls/*/board", without_one)
    page.goto(f"{hall.host.base}/board/{poll}")
    expect(page.locator("[data-checked]")).to_contain_text("不一致", timeout=PATIENCE)
    look_up(page, receipts[1].text()[:20])
    answer(page, "没有意义")
    page.close()
