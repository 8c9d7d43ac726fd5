"""A simulated tablet in a hall that is played here: what it takes, and what it does not believe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.client.hall import Hall
from voting.client.http import NOT_OPENED, UNREACHABLE, ByRelay, Http, Problem
from voting.client.slot import Receipt
from voting.client.tablet import Tablet, sign_ballot
from voting.core import blindrsa, card, checkpoint, events, forms, merkle, messages, poll, signing
from voting.core.encoding import Json, b64, jcs, join_lines, parse_json, unb64
from voting.core.errors import Refused
from voting.issuer.private import SecretKey, generate

SECRET_KEYS = [generate() for _ in range(3)]
CARDS = [card.with_check_digits(f"{number:038d}") for number in range(3)]
MARKS = [0, None, 1]


class PlayedHall(Http):
    """A server of three deputies and two issuers in one object; `lie` changes its answers."""

    def __init__(self, *witnesses: Ed25519PrivateKey, relay: poll.Relay | None = None) -> None:
        super().__init__("http://unused.invalid")
        self.relay = relay
        self.witnesses = witnesses
        self.calls: list[str] = []
        self.lie: Callable[[str, Json], Json] = lambda path, answer: answer
        self.log_key = Ed25519PrivateKey.generate()
        self.issuers = [Ed25519PrivateKey.generate() for _ in range(2)]
        cards = [card.derive(digits, "demo") for digits in CARDS]
        self.lines = {
            c.card_id: poll.RosterLine(c.card_id, c.card_key, "城关", f"代表{i}", str(i), "")
            for i, c in enumerate(cards)
        }
        self.definition = self._define()
        self.poll = self.definition.poll_hash
        self.entries = [b"congress", b"poll"]
        self.proofs: dict[str, Json] = {}
        self.secret_keys: list[SecretKey] = []
        self.epoch = 0
        self.roll: list[bytes] = []
        self.root = b""
        self.trackers: list[bytes] = []

    def _define(self) -> poll.Definition:
        public = signing.ed25519_public
        scale, decision = forms.form_each()
        return poll.Definition(
            congress=poll.Congress("demo", "示范县人民代表大会", "第一次会议"),
            meeting=poll.Meeting("plenary", "全体会议", "2026-01-20"),
            poll_id="1",
            title="票决",
            round=1,
            follows=None,
            items=tuple(poll.Item(str(i), f"项目{i}") for i in range(3)),
            scale=scale,
            decision=decision,
            reserve=20,
            issuers=tuple(
                poll.Issuer(f"i{i}", f"发票方{i}", public(k)) for i, k in enumerate(self.issuers)
            ),
            roster=poll.roster_head(self.lines.values()),
            log_key=public(self.log_key),
            witnesses=tuple(
                poll.Witness(f"w{i}", f"见证人{i}", public(k)) for i, k in enumerate(self.witnesses)
            ),
            relay=self.relay,
        )

    def open_issuing(self, *keys: SecretKey) -> None:
        self.epoch, self.secret_keys = self.epoch + 1, list(keys)
        pairs = [(k, blindrsa.spki(s.public)) for k, s in zip(self.issuers, keys, strict=True)]
        signed = [
            {
                "spki": b64(spki),
                "sig": b64(k.sign(messages.issuing_key(self.poll, self.epoch, spki))),
            }
            for k, spki in pairs
        ]
        self._log(events.IssuingOpened(poll=b64(self.poll), epoch=self.epoch, keys=signed))

    def start(self, relay_key: bytes) -> None:
        """The server starts, and tells what is sealed for it."""
        self._log(events.RelayKey(public=b64(relay_key)))

    def freeze(self) -> None:
        self.roll.sort()
        self.root = merkle.root(self.roll)
        count = len(self.roll)
        self._log(
            events.RollFrozen(
                poll=b64(self.poll), issued=count, registered=count, root=b64(self.root)
            )
        )

    def _log(self, event: events.Event) -> None:
        place = len(self.entries)
        self.entries.append(events.entry_bytes(place, "2026-01-20T06:00:00Z", event))
        hashes = [merkle.leaf_hash(entry) for entry in self.entries]
        root = merkle.root_of_hashes(hashes)
        head = checkpoint.Checkpoint(checkpoint.origin("demo"), place + 1, root)
        self.proofs[event.event] = {
            "entry": self.entries[place].decode(),
            "index": place,
            "proof": [b64(node) for node in merkle.inclusion_proof(hashes, place)],
            "checkpoint": checkpoint.sign(head, self.log_key),
        }

    def witness(self, event: str) -> None:
        """All witnesses come and see this event."""
        definition, shown = self.definition, self.proofs[event]
        name = checkpoint.origin("demo")
        head = checkpoint.open_note(shown["checkpoint"], name, definition.log_key)
        for who, key in zip(definition.cosigners, self.witnesses, strict=True):
            shown["checkpoint"] += checkpoint.cosign(head, who.name, key, 1795400000)

    def get(self, path: str) -> Json:
        self.calls.append(path)
        if path == "/api/status":
            answer: Json = {
                "congress": {"id": "demo"},
                "log_key": b64(self.definition.log_key),
                "meeting": {"id": "plenary"},
                "poll": {"hash": b64(self.poll)},
            }
        else:
            answer = self.proofs[path.rpartition("/")[2]]
        return self.lie(path, answer)

    def get_bytes(self, path: str) -> bytes:
        self.calls.append(path)
        board = [Receipt(tracker, b"").text().encode() for tracker in self.trackers]
        bodies = {
            "definition": self.definition.to_bytes(),
            "roll": b"".join(merkle.leaf_hash(line) for line in self.roll),
            "board": join_lines(sorted(board)),
        }
        answer: bytes = self.lie(path, bodies[path.rpartition("/")[2]])
        return answer

    def post(self, path: str, body: bytes) -> Json:
        self.calls.append(path)
        answer = getattr(self, "_" + path.rpartition("/")[2])(parse_json(body))
        return self.lie(path, answer)

    def _card(self, body: Json) -> Json:
        line = self.lines[unb64(body["card"])]
        return {"line": parse_json(line.to_bytes()), "checked_in": False}

    def _checkin(self, body: Json) -> Json:
        line = self.lines[unb64(body["card"])]
        message = messages.checkin("demo", "plenary", self.definition.log_key)
        assert signing.p256_verify(line.card_key, unb64(body["sig"]), message)
        return {"checked_in": True}

    def _issue(self, body: Json) -> Json:
        if body["epoch"] != self.epoch:
            raise Problem(409, "wrong_epoch", "发票已重新开始。")
        blinded = [unb64(value) for value in body["blinded"]]
        spkis = [blindrsa.spki(key.public) for key in self.secret_keys]
        message = messages.issue(self.poll, self.epoch, spkis, blinded)
        card_key = self.lines[unb64(body["deputy"])].card_key
        assert signing.p256_verify(card_key, unb64(body["auth"]), message)
        pairs = zip(self.secret_keys, blinded, strict=True)
        return {"blind_sigs": [b64(key.blind_sign(value)) for key, value in pairs]}

    def _register(self, body: Json) -> Json:
        message = messages.ballot_key(self.poll, unb64(body["key"]))
        for key, seal in zip(self.secret_keys, body["seals"], strict=True):
            prefixed = unb64(seal["prefix"]) + message
            assert blindrsa.verify(key.public, prefixed, unb64(seal["sig"]))
        line = jcs(body)
        self.roll = [*{*self.roll, line}]
        return {"promise": b64(self.log_key.sign(messages.registered(self.poll, line)))}

    def _cast(self, body: Json) -> Json:
        key, sig = unb64(body["key"]), unb64(body["sig"])
        marked = messages.marks(body["marks"])
        message = messages.cast(self.poll, self.root, marked)
        assert signing.p256_verify(key, sig, message)
        tracker = messages.tracker(self.poll, key, sig, marked)
        self.trackers = [*{*self.trackers, tracker}]
        promise = self.log_key.sign(messages.receipt(self.poll, tracker))
        return {"promise": b64(promise), "tracker": b64(tracker)}


@pytest.fixture
def hall() -> PlayedHall:
    played = PlayedHall()
    played.open_issuing(*SECRET_KEYS[:2])
    return played


def with_ballot(hall: PlayedHall, number: int = 0) -> Tablet:
    tablet = Tablet(hall, CARDS[number])
    tablet.read_card()
    tablet.check_in()
    tablet.receive()
    return tablet


def on_the_roll(hall: PlayedHall) -> Tablet:
    tablets = [with_ballot(hall, number) for number in range(3)]
    for tablet in tablets:
        tablet.register()
    hall.freeze()
    tablets[0].check_roll()
    return tablets[0]


def refuses(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_deputies_vote_and_find_their_ballots_on_the_board(hall: PlayedHall) -> None:
    shared = Hall(hall)
    tablets = [Tablet(hall, digits, hall=shared) for digits in CARDS]
    names = [tablet.read_card().name for tablet in tablets]
    assert names == ["代表0", "代表1", "代表2"]
    for tablet in tablets:
        tablet.check_in()
        tablet.receive()
    for tablet in tablets:
        tablet.register()
    hall.freeze()
    for tablet in tablets:
        tablet.check_roll()
    receipts = [tablet.cast([number, None, 1]) for number, tablet in enumerate(tablets)]
    assert all(tablet.find_on_board() for tablet in tablets)
    assert len({receipt.code() for receipt in receipts}) == 3
    assert receipts[0].code().replace("-", "") == receipts[0].text()[:20]
    assert parse_json(receipts[0].qr().encode()) == {
        "promise": b64(receipts[0].promise),
        "tracker": b64(receipts[0].tracker),
    }
    assert [path for path in hall.calls if "issuing_opened" in path or "roll" in path[-4:]] == [
        f"/api/polls/{b64(hall.poll)}/proof/issuing_opened",
        f"/api/polls/{b64(hall.poll)}/roll",
    ]


def test_after_a_reload_the_same_bytes_are_sent_again(hall: PlayedHall) -> None:
    sent: list[bytes] = []
    post = hall.post

    def breaks_down_once(path: str, body: bytes) -> Json:
        sent.append(body)
        if sent.count(body) == 1:
            raise Problem(UNREACHABLE, "unreachable", "")
        return post(path, body)

    hall.post = breaks_down_once  # type: ignore[method-assign]
    tablet = Tablet(hall, CARDS[0])
    for stage in ("receive", "register", "check_roll", "cast"):
        if stage == "check_roll":
            hall.freeze()
            tablet.check_roll()
            continue
        run = getattr(tablet, stage)
        arguments = [MARKS] if stage == "cast" else []
        with pytest.raises(Problem):
            run(*arguments)
        tablet = Tablet(hall, CARDS[0], slot=tablet.slot)
        getattr(tablet, stage)(*arguments)
    assert [sent[i] == sent[i + 1] for i in (0, 2, 4)] == [True, True, True]


def test_what_is_kept_names_the_deputy_no_longer_than_needed(hall: PlayedHall) -> None:
    tablet = with_ballot(hall)
    own = card.derive(CARDS[0], "demo")
    kept = tablet.kept()
    assert kept.request is None
    assert not kept.inverses
    text = repr(kept) + repr(kept.line())
    assert CARDS[0] not in text
    assert b64(own.card_id) not in text
    with refuses("wrong_slot"):
        Tablet(hall, CARDS[1], slot=kept)


def test_issuing_that_opens_again_brings_a_new_ballot(hall: PlayedHall) -> None:
    shared = Hall(hall)
    early, late = (Tablet(hall, digits, hall=shared) for digits in CARDS[:2])
    early.receive()
    hall.open_issuing(*SECRET_KEYS[1:])
    late.receive()
    old = early.kept()
    early.receive()
    assert (old.epoch, early.kept().epoch, late.kept().epoch) == (1, 2, 2)
    assert old.key != early.kept().key
    early.register()
    again = Tablet(hall, CARDS[1], slot=late.slot)
    again.receive()
    assert again.slot == late.slot


def test_a_signed_ballot_is_not_signed_again_with_other_marks(hall: PlayedHall) -> None:
    tablet = on_the_roll(hall)
    first = tablet.cast(MARKS)
    assert tablet.cast(MARKS) == first
    with refuses("already_signed"):
        tablet.cast([1, 1, 1])
    with refuses("bad_marks"):
        Tablet(hall, CARDS[0], slot=replace(tablet.kept(), ballot=None)).cast([7, 0, 0])
    assert parse_json(sign_ballot(tablet.kept(), [7, 0, 0]))["marks"] == [7, 0, 0]


def test_the_network_cannot_count_the_marks_by_a_ballots_length(hall: PlayedHall) -> None:
    slot = on_the_roll(hall).kept()
    ballots = [[None, None, None], [0, None, 0], [0, 1, 2], [10, 19, None]]
    assert len({len(sign_ballot(slot, marks)) for marks in ballots}) == 1


def test_no_stage_runs_before_its_time(hall: PlayedHall) -> None:
    tablet = Tablet(hall, CARDS[0])
    with refuses("no_ballot"):
        tablet.register()
    tablet.receive()
    with refuses("roll_unchecked"):
        tablet.cast(MARKS)
    with refuses("card_check"):
        Tablet(hall, "0" * 40)
    assert not tablet.find_on_board()


def changed(path: str, change: Callable[[Json], Json]) -> Callable[[str, Json], Json]:
    return lambda asked, answer: change(answer) if asked.endswith(path) else answer


def other(entry: str, old: str, new: str) -> Callable[[Json], Json]:
    return lambda answer: {**answer, entry: answer[entry].replace(old, new)}


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("definition", lambda data: data.replace(b"plenary", b"another"), "wrong_poll"),
        ("issuing_opened", other("entry", '"epoch":1', '"epoch":2'), "bad_proof"),
        ("issuing_opened", lambda answer: {**answer, "proof": [1]}, "bad_proof"),
        ("issuing_opened", lambda answer: {**answer, "more": 1}, "bad_fields"),
        ("issuing_opened", other("checkpoint", "\n3\n", "\n4\n"), "bad_checkpoint"),
        ("status", lambda answer: {**answer, "log_key": b64(bytes(32))}, "wrong_congress"),
        ("issue", lambda answer: {"blind_sigs": answer["blind_sigs"][::-1]}, "bad_blind_sig"),
        ("issue", lambda answer: {"blind_sigs": answer["blind_sigs"][1:]}, "bad_blind_sig"),
        ("issue", lambda answer: {"blind_sigs": [None, None]}, "bad_blind_sig"),
        ("register", lambda answer: {"promise": b64(bytes(64))}, "bad_promise"),
    ],
)
def test_a_tablet_believes_nothing_that_does_not_check(
    hall: PlayedHall, path: str, change: Callable[[Json], Json], code: str
) -> None:
    hall.lie = changed(path, change)
    tablet = Tablet(hall, CARDS[0])
    with refuses(code):
        tablet.receive()
        tablet.register()
    hall.lie = lambda path, answer: answer
    Tablet(hall, CARDS[0], slot=tablet.slot).receive()


def test_keys_that_the_issuers_did_not_sign_for_this_epoch_are_refused(hall: PlayedHall) -> None:
    hall.issuers.reverse()
    hall.open_issuing(*SECRET_KEYS[1:])
    with refuses("bad_issuing_key"):
        Tablet(hall, CARDS[0]).receive()
    hall.issuers.reverse()
    hall.open_issuing(SECRET_KEYS[0], SECRET_KEYS[0])
    with refuses("bad_issuing_key"):
        Tablet(hall, CARDS[0]).receive()
    hall.proofs["roll_frozen"] = hall.proofs["issuing_opened"]
    with refuses("bad_entry"):
        Hall(hall).roll()


def test_a_tablet_blinds_and_votes_only_on_what_all_witnesses_have_seen() -> None:
    hall = PlayedHall(Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
    hall.open_issuing(*SECRET_KEYS[:2])
    tablet = Tablet(hall, CARDS[0], hall=Hall(hall, patience=0))
    tablet.check_in()
    with refuses("not_witnessed"):
        tablet.receive()
    hall.witness("issuing_opened")
    hall.lie = changed("issuing_opened", without_last_line)
    with refuses("not_witnessed"):
        tablet.receive()
    assert tablet.slot is None
    assert "/api/issue" not in hall.calls
    hall.lie = lambda path, answer: answer
    tablet.receive()
    tablet.register()
    hall.freeze()
    with refuses("not_witnessed"):
        tablet.check_roll()
    hall.witness("roll_frozen")
    tablet.check_roll()
    tablet.cast(MARKS)


def test_a_relay_key_is_taken_only_from_what_all_witnesses_have_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay = poll.Relay("监票组", "https://relay.hall")
    hall = PlayedHall(Ed25519PrivateKey.generate(), relay=relay)
    asked: list[str] = []
    monkeypatch.setattr("voting.client.hall.ByRelay", lambda origin: asked.append(origin) or hall)
    hall.start(bytes(65))
    with refuses("not_witnessed"):
        Hall(hall, patience=0).relay_key()
    hall.witness("relay_key")
    hall.lie = changed("relay_key", other("entry", '"public":"A', '"public":"B'))
    with refuses("bad_proof"):
        Hall(hall, patience=0).relay_key()
    hall.lie = lambda path, answer: answer
    seen = Hall(hall, patience=0.5)
    first = seen.relay_key()
    assert first.key == bytes(65)
    with refuses("old_relay_key"):
        seen.relay_key(after=first.seq)
    hall.start(bytes(64) + b"2")
    hall.witness("relay_key")
    assert seen.relay_key(after=first.seq).key == bytes(64) + b"2"
    assert set(asked) == {relay.origin}


def without_last_line(answer: Json) -> Json:
    lines = answer["checkpoint"].splitlines(keepends=True)
    return {**answer, "checkpoint": "".join(lines[:-1])}


def test_one_issuer_cannot_stand_in_for_two(hall: PlayedHall) -> None:
    hall.issuers.pop()
    hall.open_issuing(SECRET_KEYS[0])
    with refuses("bad_entry"):
        Tablet(hall, CARDS[0]).receive()


def test_a_server_that_asks_again_for_the_same_epoch_is_not_followed(hall: PlayedHall) -> None:
    tablet = Tablet(hall, CARDS[0])
    hall.epoch = 2  # it refuses epoch 1, and shows no keys of a later one
    with refuses("wrong_epoch"):
        tablet.receive()


def test_before_the_meeting_and_the_poll_a_tablet_says_so(hall: PlayedHall) -> None:
    hall.lie = changed("status", lambda answer: {**answer, "meeting": None, "poll": None})
    with refuses("no_meeting"):
        Tablet(hall, CARDS[0]).check_in()
    with refuses("no_poll"):
        Tablet(hall, CARDS[0]).receive()
    Tablet(hall, CARDS[0], hall=Hall(hall, hall.poll)).receive()


def test_a_card_of_another_deputy_is_not_read(hall: PlayedHall) -> None:
    stranger = parse_json(list(hall.lines.values())[1].to_bytes())
    hall.lie = changed("card", lambda answer: {**answer, "line": stranger})
    with refuses("wrong_line"):
        Tablet(hall, CARDS[0]).read_card()


def test_a_line_missing_on_the_roll_turns_the_tablet_red(hall: PlayedHall) -> None:
    first, second = with_ballot(hall), with_ballot(hall, 1)
    first.register()
    hall.freeze()
    second.hall.roll()
    with refuses("missing_on_roll"):
        second.check_roll()
    for change in (lambda data: data[:-1], lambda data: bytes(32), lambda data: data * 2):
        hall.lie = changed("/roll", change)
        with refuses("bad_roll"):
            Hall(hall).roll()


def test_a_receipt_for_other_marks_is_not_taken(hall: PlayedHall) -> None:
    tablet = on_the_roll(hall)
    hall.lie = changed("cast", lambda answer: {**answer, "tracker": b64(bytes(32))})
    with refuses("bad_tracker"):
        tablet.cast(MARKS)
    hall.lie = changed("cast", lambda answer: {**answer, "promise": b64(bytes(64))})
    with refuses("bad_promise"):
        tablet.cast(MARKS)
    assert tablet.kept().receipt is None


def test_the_same_randomness_makes_the_same_ballot(hall: PlayedHall) -> None:
    def fixed(length: int) -> bytes:
        return bytes(range(1, 256))[:length] + bytes(max(0, length - 255))

    tablets = [Tablet(hall, CARDS[0], fixed) for _ in range(2)]
    for tablet in tablets:
        tablet.receive()
    assert tablets[0].kept().line() == tablets[1].kept().line()
    assert tablets[0].kept().key != with_ballot(hall).kept().key


def test_an_unanswered_call_is_repeated_as_it_was() -> None:
    asked: list[tuple[bytes, dict[str, str]]] = []
    answers = [(503, b'{"code":"issuer_away","detail":""}'), (502, b"<html>"), (200, b'{"a":1}')]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((body, {name.lower(): value for name, value in self.headers.items()}))
            status, answer = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Set-Cookie", "a=b")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        http = Http(f"http://127.0.0.1:{server.server_port}/", patience=10)
        assert http.post("/api/x", b'{"b":2}') == {"a": 1}
        answers[-1] = (409, b'{"code":"already_cast","detail":"\xe7\xa5\xa8"}')
        with pytest.raises(Problem, match="409 already_cast: 票"):
            http.post("/api/x", b"{}")
        relay = ByRelay(f"http://127.0.0.1:{server.server_port}", patience=0)
        for status, said in ((409, NOT_OPENED), (400, UNREACHABLE), (404, UNREACHABLE)):
            answers[-1] = (status, answers[-1][1])
            with pytest.raises(Problem) as found:  # its own word, not the server's
                relay.post_bytes("/api/sealed", b"{}")
            assert (found.value.status, found.value.detail) == (said, "")
        relay.close()
        http.close()
        server.shutdown()
    assert [body for body, _ in asked] == [b'{"b":2}'] * 3 + [b"{}"] * 4
    names = {"host", "user-agent", "content-type", "content-length", "accept-encoding"}
    assert all(headers.keys() == names for _, headers in asked)
    with pytest.raises(Problem, match="unreachable"):
        Http("http://127.0.0.1:9", patience=0.2).get("/api/status")
