"""A whole vote by a relay of a second party: the real nginx, the server over TLS, both verifiers.

Between the relay and the server stands the test, and sees what the server's owner would see.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from tests.hardening.front import NGINX
from tests.hardening.relayed import NAME, Relayed, relayed
from tests.records import second
from tests.world import WINDOW, a_poll, all_do, status
from voting.client.host import Host
from voting.client.http import Problem
from voting.client.rehearsal import Rehearsal
from voting.client.tablet import Tablet, sign_ballot
from voting.config import Config
from voting.core import relay
from voting.core.encoding import b64, parse_json, unb64
from voting.core.poll import Definition
from voting.operations import certificates
from voting.verify import verify

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")

DEPUTIES = 6
SEALED = "/api/sealed"


@dataclass
class Request:
    """One request as it came to the server."""

    connection: tuple[str, int]
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer: bytes = b""


@dataclass
class Server:
    """What the relay takes for the server: notes all, and passes it on to the real one."""

    instance: Path
    port: int
    seen: list[Request] = field(default_factory=list)
    before_answering: Callable[[], None] | None = None  # once; the answer is then lost
    stalls: float = 0.0  # seconds, before each answer
    success: int = 200

    def start(self) -> ThreadingHTTPServer:
        """Serve with the real one's certificate."""
        notes = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    self.client_address, self.path, dict(self.headers), self.rfile.read(length)
                )
                notes.pass_on(self.command, request)
                if notes.before_answering and self.path == SEALED:
                    act, notes.before_answering = notes.before_answering, None
                    act()
                    self.close_connection = True
                    return
                time.sleep(notes.stalls)
                self.send_response(notes.success if request.status == 200 else request.status)
                self.send_header("Content-Length", str(len(request.answer)))
                self.send_header("Set-Cookie", "tablet=7")
                self.send_header("Access-Control-Expose-Headers", "*")
                self.send_header("Alt-Svc", 'h2="elsewhere:443"')
                self.end_headers()
                self.wfile.write(request.answer)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Nothing."""

        tls = Config(self.instance).tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / certificates.CERTIFICATE, tls / certificates.KEY)
        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def pass_on(self, method: str, request: Request) -> None:
        """Ask the real server; 503 while there is none."""
        real = http.client.HTTPConnection("localhost")
        try:
            real.sock = socket.socket(socket.AF_UNIX)
            real.sock.connect(str(Config(self.instance).web_socket))
            real.request(method, request.path, request.body or None)
            answer = real.getresponse()
            request.status, request.answer = answer.status, answer.read()
        except OSError:
            request.status = 503
        finally:
            real.close()
        self.seen.append(request)

    def messages(self) -> list[Request]:
        """What came sealed, and was answered."""
        return [each for each in self.seen if each.path == SEALED and each.status == 200]


@dataclass
class Vote:
    """A vote that is over, and what was noted of it."""

    world: Rehearsal
    poll: int
    tablets: list[Tablet]
    server: Server
    direct: dict[str, Problem]  # what was answered past the relay
    keys: list[bytes]  # the server's relay keys, before and after it was killed
    returned: list[int]  # counted: before the kill, after it, and after a replay


def refused(act: Callable[[], object]) -> Problem:
    """The refusal of it."""
    with pytest.raises(Problem) as found:
        act()
    return found.value


@pytest.fixture(scope="module")
def vote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vote]:
    """Everybody registers and casts by the relay; the server is killed between two casts."""
    folder = tmp_path_factory.mktemp("relay")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with relayed(folder, DEPUTIES, seen_at=port) as world:
        server = Server(world.host.instance, port)
        listening = server.start()
        yield played(world, server, folder / "server.log")
        listening.shutdown()
        listening.server_close()


def played(world: Rehearsal, server: Server, log: Path) -> Vote:
    """The vote."""
    host = world.host
    assert isinstance(host, Relayed)
    poll = a_poll(world)
    tablets = [Tablet(world.http, card) for card in world.cards]  # a hall each: connections, too
    all_do(tablets, "check_in")
    world.step(poll, "issue")
    all_do(tablets, "receive")
    world.step(poll, "register")
    line = tablets[0].kept().line()
    direct = {"register": refused(lambda: world.http.post("/api/register", line))}
    all_do(tablets, "register")
    time.sleep(WINDOW + 0.2)
    for step in ("freeze", "open"):
        world.step(poll, step)
    all_do(tablets, "check_roll")
    ballot = sign_ballot(tablets[0].kept(), marks(0))
    direct["cast"] = refused(lambda: world.http.post("/api/cast", ballot))
    assert refused(tablets[0].register).code == "not_registering"  # sealed, too
    for number in range(2):
        tablets[number].cast(marks(number))
    keys, returned = [key(tablets[0])], [status(world)["returned"]]

    # The third ballot is stored, and the server dies before it can say so.
    killed = threading.Event()

    def kill() -> None:
        assert host.process
        os.killpg(host.process.pid, signal.SIGKILL)
        Host.stop(host)
        killed.set()

    server.before_answering = kill
    third = threading.Thread(target=tablets[2].cast, args=(marks(2),))
    third.start()
    assert killed.wait(20)
    host.again(log)
    third.join(60)
    for number in range(3, DEPUTIES):
        tablets[number].cast(marks(number))
    keys.append(key(tablets[-1]))
    returned.append(status(world)["returned"])

    last = server.messages()[-1]
    spoiled = bytearray(last.body)
    spoiled[len(spoiled) // 2] ^= 1
    assert refused(lambda: world.http.post_bytes(SEALED, bytes(spoiled))).code == "not_opened"
    assert len(world.http.post_bytes(SEALED, last.body)) == len(last.answer)
    returned.append(status(world)["returned"])
    for step in ("close", "publish"):
        world.step(poll, step)
    return Vote(world, poll, tablets, server, direct, keys, returned)


def marks(number: int) -> list[int | None]:
    """Some marks: blank for one, three for another."""
    return [0 if item < number % 4 else None for item in range(5)]


def key(tablet: Tablet) -> bytes:
    """The relay key that a tablet seals for."""
    return tablet.hall.relay_key().key


def test_a_vote_by_a_relay_is_counted_and_both_verifiers_say_so(vote: Vote, tmp_path: Path) -> None:
    path = tmp_path / "record.zip"
    path.write_bytes(vote.world.record(vote.poll))
    report = verify(path)
    assert report.good, report
    assert all(tablet.find_on_board() for tablet in vote.tablets)
    if second.available():
        other = second.Second()
        second.must_agree(report, other.judge(path), None)
        other.close()


def test_the_relay_and_the_wire_tell_neither_what_is_sent_nor_which_of_the_two(vote: Vote) -> None:
    messages = vote.server.messages()
    assert len(messages) >= 2 * DEPUTIES
    assert {len(each.body) for each in messages} == {relay.SEALED}
    assert len({len(each.answer) for each in messages}) == 1
    for tablet in vote.tablets:
        slot = tablet.kept()
        assert slot.receipt
        assert slot.ballot
        ballot = parse_json(slot.ballot)
        secrets = [slot.key, *slot.seals, *slot.prefixes, unb64(ballot["sig"]), slot.promise or b""]
        secrets += [slot.receipt.tracker, slot.receipt.promise]
        for secret in secrets:
            for each in messages:
                for data in (each.body, each.answer):
                    assert secret not in data
                    assert b64(secret).encode() not in data
    assert not [each for each in messages if b"marks" in each.body or b"promise" in each.answer]
    assert len({each.body for each in messages}) >= 2 * DEPUTIES


def test_the_server_sees_all_ballots_come_from_the_relay_alike(vote: Vote) -> None:
    messages = vote.server.messages()
    assert len({each.connection for each in messages[-3:]}) == 1  # three tablets'
    assert {frozenset(each.headers) for each in messages} == {frozenset({"Host", "Content-Length"})}
    assert vote.direct["register"].code == vote.direct["cast"].code == "relay_only"


def test_a_server_that_was_killed_has_another_key_and_counts_each_ballot_once(vote: Vote) -> None:
    assert vote.keys[0] != vote.keys[1]
    assert vote.returned == [2, DEPUTIES, DEPUTIES]
    assert "not_opened" in {
        parse_json(each.answer)["code"] for each in vote.server.seen if each.status == 409
    }


def test_who_relays_stands_where_the_scrutineers_look(vote: Vote) -> None:
    host = vote.world.host
    assert isinstance(host, Relayed)
    named = f"{NAME}（{host.origin}）"
    page = vote.world.people["scrutineer"].get(f"/scrutineer/{vote.poll}")
    assert named in page
    assert "转送密钥指纹（日志中第 2 把）" in page
    assert named in vote.world.people["presidium"].get(f"/polls/{vote.poll}")
    answer = urllib3.request("GET", f"{host.base}/tablet")
    assert f"connect-src 'self' {host.origin};" in answer.headers["Content-Security-Policy"]
    data = vote.world.http.get_bytes(f"/api/polls/{status(vote.world)['hash']}/definition")
    found = Definition.parse(data).relay
    assert found
    assert (found.name, found.origin) == (NAME, host.origin)


def test_the_relay_answers_the_halls_pages_alone_and_passes_nothing_else_on(vote: Vote) -> None:
    host = vote.world.host
    assert isinstance(host, Relayed)
    page = f"https://localhost:{vote.server.port}"
    path = f"/api/polls/{status(vote.world)['hash']}/proof/relay_key"
    for origin, read in ((page, page), ("https://elsewhere.example", None)):
        answer = urllib3.request("GET", host.origin + path, headers={"Origin": origin})
        assert answer.status == 200
        assert answer.headers["Access-Control-Expose-Headers"] == "Date"
        assert answer.headers.get("Access-Control-Allow-Origin") == read
        assert not {"set-cookie", "alt-svc"} & {name.lower() for name in answer.headers}
    before = len(vote.server.seen)
    for other in ("/", "/api/fleet", "/api/cast", "/api/polls/x/proof/relay_key", SEALED):
        assert urllib3.request("GET", host.origin + other).status in (403, 404)
    assert len(vote.server.seen) == before
    log = (host.instance.parent / "server.log").read_text()
    assert "127.0.0.1" not in log
    assert not re.search(r"emerg|crit", log)


@pytest.mark.parametrize("what", ["status", "proof/issuing_closed", "roll"])
def test_whatever_the_server_tells_or_holds_back_all_tablets_are_told_the_same(
    vote: Vote, what: str
) -> None:
    host = vote.world.host
    assert isinstance(host, Relayed)
    poll = f"/api/polls/{status(vote.world)['hash']}/"
    path = "/api/status" if what == "status" else poll + what
    before = len(vote.server.seen)
    vote.server.success = 201  # no browser minds, and a cache does not take it by itself
    if what == "roll":
        vote.server.stalls = 6.0  # by itself nginx lets others wait for five
    with ThreadPoolExecutor() as tablets:
        asked = [
            tablets.submit(urllib3.request, "GET", f"{host.origin}{path}?tablet={n}", timeout=20)
            for n in range(5)
        ]
        answers = {(each.result().status, each.result().data) for each in asked}
    vote.server.stalls, vote.server.success = 0.0, 200
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert [each.path for each in vote.server.seen[before:]] == [path]
