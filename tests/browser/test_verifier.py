"""A scrutineer verifies a record on any computer, from a stick, without a network."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.records.builder import Made, Plan, b64, build, new_rsa

ROOT = Path(__file__).parents[2]
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  document.getElementById("drop").dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as it is handed over."""
    out = tmp_path_factory.mktemp("stick") / "piaojue-verifier.html"
    builder = ROOT / "static/verifier/build.py"
    subprocess.run([sys.executable, str(builder), str(out)], check=True, timeout=60)
    return out


@pytest.fixture(scope="module")
def record() -> Made:
    return build(Plan(items=2, witnesses=2), [new_rsa()])


def verdict(page: Page) -> str:
    page.get_by_role("button", name="开始核验").click()
    page.wait_for_selector("#verdict .verdict")
    return page.locator("#verdict").inner_text()


def is_accessible(page: Page) -> bool:
    rules = {"runOnly": ["wcag2a", "wcag2aa"]}
    return Axe().run(page, options=rules).response["violations"] == []


def test_a_scrutineer_verifies_a_record_from_a_stick(
    browser: Browser, page_file: Path, record: Made, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(page_file.as_uri())
    assert is_accessible(page)

    # Dropped, with nothing from outside: it holds, and the page says what that cannot show.
    data = base64.b64encode(record.zip()).decode()
    page.evaluate(DROP, ["record.zip", data])
    text = verdict(page)
    assert "核验通过" in text
    assert "从头到尾伪造的记录也能通过" in text
    assert page.locator("#steps .passed").count() == 10
    assert page.locator(".tiles dd").all_inner_texts() == ["16", "15", "14", "13", "12", "12", "0"]
    witnesses = page.locator("#details section", has_text="见证人").first.inner_text()
    assert "指定了 2 位见证人" in witnesses
    assert "见证1\t8 / 8" in witnesses
    assert witnesses.count("全体已签认") == 4
    assert is_accessible(page)

    # A value that is mistyped is shown at its field, and stays; then the true ones agree.
    page.locator("summary").click()
    page.fill("#code", "12345")
    page.get_by_role("button", name="开始核验").click()
    page.wait_for_selector("#code[aria-invalid=true]")
    assert page.input_value("#code") == "12345"
    page.fill("#code", b64(record.poll_hash))
    last = record.members["checkpoints.txt"].split(b"\n\npiaojue")[-1]
    page.fill("#checkpoints", "piaojue" + last.decode())
    page.fill("#receipts", record.lines("board.txt")[0][:20].decode())
    assert "伪造" not in verdict(page)
    compared = page.locator("#details section", has_text="与外部数值的比对")
    assert compared.locator(".agrees").count() == 3
    assert "见证人的有效签名：见证0、见证1" in compared.inner_text()

    # Another record, changed in one mark, chosen by the keyboard's way: refused, nothing is left.
    marks = record.members["ballots.jsonl"].replace(b"[0,null]", b"[null,0]", 1)
    changed = tmp_path / "changed.zip"
    changed.write_bytes(record.with_member("ballots.jsonl", marks).zip())
    page.set_input_files("#file", changed)
    assert not page.locator("#details").is_visible()
    text = verdict(page)
    assert "核验未通过：第 7 步" in text
    assert "ballots.jsonl" in text
    assert page.locator("#steps .failed").count() == 1
    assert not page.locator("#details").is_visible()
    assert is_accessible(page)

    # No zip at all.
    (tmp_path / "photo.zip").write_bytes(b"GIF89a" * 1000)
    page.set_input_files("#file", tmp_path / "photo.zip")
    assert "这不是 zip 文件" in verdict(page)
    assert all(url.startswith(("file:", "blob:")) for url in asked), asked
    page.close()
