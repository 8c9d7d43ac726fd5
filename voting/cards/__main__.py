"""`python -m voting.cards ROSTER --congress ID --title TEXT --out FILE`, on an offline computer.

Reads the roster as the import does, makes a card for every deputy, and shows the sheets once in
this computer's browser, from memory. When they have been printed, FILE is written: the public keys,
which the secretariat imports. The card numbers never reach a disk from here; what the printer and
its queue keep is the printer's, so print over a cable, on a live system that forgets.
"""

from __future__ import annotations

import argparse
import http.server
import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from voting.cards import page, sheet
from voting.core import card
from voting.core.cardfile import CardFile
from voting.core.encoding import is_id
from voting.core.poll import RosterLine
from voting.issuer import hardening
from voting.sheets import roster


class Once(http.server.ThreadingHTTPServer):
    """Shows a page on this computer alone, at an address that nobody can guess, a single time."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        """Begin to listen at a free port of the loopback address."""
        self.path = f"/{secrets.token_urlsafe(24)}"
        self._content: bytes | None = content
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """What is opened in the browser."""
        return f"http://127.0.0.1:{self.server_port}{self.path}"

    def take(self) -> bytes | None:
        """The page, the first time."""
        with self._lock:
            content, self._content = self._content, None
        return content


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Once

    def do_GET(self) -> None:
        content = self.server.take() if self.path == self.server.path else None
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(content or "没有这一页，或已经看过。\n".encode())

    def log_message(self, *_: object) -> None:
        """Nothing is written down."""


def make(rows: list[roster.RosterRow], congress: str) -> list[tuple[RosterLine, str]]:
    """A card for each deputy: the line of its public side, and its digits."""
    made = []
    for row in tqdm(rows, desc="制作代表证", unit="枚", disable=None):
        digits = sheet.fresh_digits()
        keys = card.derive(digits, congress)
        names = (row.delegation, row.name, row.number, row.seat)
        made.append((RosterLine(keys.card_id, keys.card_key, *names), digits))
    return made


def main(ask: Callable[[str], str] = input) -> int:
    """Do what the command line says; returns the exit status."""
    given = _arguments()
    hardening.forbid_dumps()
    reading = roster.read(given.roster.name, given.roster.read_bytes())
    for fault in reading.table.faults:
        print(fault.told(), file=sys.stderr)
    if reading.table.faults:
        return 1
    made = make(reading.accepted(), given.congress)
    file = CardFile(given.congress, tuple(line for line, _ in made))
    print(f"\n共 {len(made)} 枚代表证。公钥文件的指纹：{file.fingerprint}")
    content = page.render(given.congress, given.title, sheet.sheets(made), file.fingerprint)
    while True:
        with Once(content) as once:
            print(f"\n请在本机浏览器中打开（只能打开一次）：\n  {once.address}")
            answer = ask("打印完并核对张数后按回车；没有印好，输入 n 再显示一次；放弃，输入 q：")
            once.shutdown()
        if answer.strip().lower() == "q":
            print("没有写出公钥文件，这些代表证作废。")
            return 1
        if answer.strip().lower() != "n":
            break
    given.out.write_bytes(file.to_bytes())
    print(f"公钥文件：{given.out}，请交秘书处导入，并核对指纹 {file.fingerprint}。")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m voting.cards", description=__doc__.split("\n\n")[1]
    )
    parser.add_argument("roster", type=Path, help="the roster, .xlsx or CSV")
    parser.add_argument("--congress", required=True, type=_id, help="the congress's id (届次编号)")
    parser.add_argument("--title", required=True, help="what stands on the cards (届次)")
    parser.add_argument("--out", required=True, type=_new, help="the file of public keys to write")
    return parser.parse_args()


def _id(text: str) -> str:
    if not is_id(text):
        raise argparse.ArgumentTypeError("lower-case letters, digits and hyphens, up to 64")
    return text


def _new(text: str) -> Path:
    if Path(text).exists():
        raise argparse.ArgumentTypeError("exists already: cards are never made over others")
    return Path(text)


if __name__ == "__main__":
    sys.exit(main())
