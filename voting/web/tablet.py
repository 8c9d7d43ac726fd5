"""The tablets' API (docs/api.md) and their page: anonymous, no cookie read or set, nothing kept."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from voting import db
from voting.core.encoding import Json, b64, fields, unb64
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.events import RelayKey
from voting.core.phases import Phase
from voting.steps import cast, checkin, fleet, issue, log, polls, publish, register, relay
from voting.steps.services import Services
from voting.web import status as standing
from voting.web.audience import PUBLIC, TABLET, audience
from voting.web.body import conditional, json_answer, json_body, small_body
from voting.web.errors import problem
from voting.web.shell import send, shell

pages = Blueprint("tablet", __name__)
PROVEN = (
    "issuing_opened",
    "issuing_closed",
    "roll_frozen",
    "voting_opened",
    "voting_closed",
    "result_published",
    "poll_voided",
    RelayKey.event,
)
IMMUTABLE = "public, max-age=31536000, immutable"


def _services() -> Services:
    services: Services = current_app.extensions["piaojue"]
    return services


def _immutable(name: str, data: bytes, content_type: str) -> Response:
    """What stays the same for ever under its address; the poll's name tells it from others'."""
    response = Response(data, content_type=content_type)
    response.headers["Cache-Control"] = IMMUTABLE
    response.set_etag(name)
    response.make_conditional(request)
    return response


@pages.get("/tablet")
@audience(TABLET)
def page() -> Response:
    """The deputy's page."""
    return send(shell().files["/tablet"])


@pages.get("/tablet/sw.js")
@audience(TABLET)
def worker() -> Response:
    """The service worker, which keeps the page's files for a reload without the network."""
    response = send(shell().worker)
    response.headers["Service-Worker-Allowed"] = "/tablet"  # its own folder is /tablet/
    return response


@pages.get("/tablet/check")
@audience(TABLET)
def check() -> Response:
    """The page on which a tablet checks itself before the meeting."""
    return send(shell().files["/tablet/check"])


@pages.get("/api/fleet")
@audience(TABLET)
def fleet_version() -> Response:
    """The version of the tablets' files that this server has."""
    return json_answer({"version": shell().version})


@pages.post("/api/fleet")
@audience(TABLET)
def fleet_report() -> Response:
    """Count the outcome of a tablet's check, without keeping whose or when."""
    shape = {"version": str, "passed": bool, "failed": list}
    version, passed, failed = fields(json_body(), shape)
    if passed != (not failed) or not all(isinstance(name, str) for name in failed):
        raise Malformed("bad_checks", "提交的检查项目不对。")
    with db.writing() as session:
        fleet.report(session, version if version == shell().version else "", failed)
    return json_answer({"counted": True})


@pages.get("/api/status")
@audience(TABLET)
def status() -> Response:
    """Where the congress stands."""
    answer = standing.last().answer(_services().window_seconds)
    return conditional(Response(answer, content_type="application/json"), request)


@pages.get("/api/polls/<name>/definition")
@audience(TABLET, PUBLIC)
def definition(name: str) -> Response:
    """The bytes of definition.json."""
    with db.reading() as session:
        poll = polls.by_hash(session, unb64(name, 32))
        return _immutable(name, poll.definition or b"", "application/json")


@pages.post("/api/card")
@audience(TABLET)
def card() -> Response:
    """Whose card this is, to be confirmed before check-in."""
    (card_id,) = fields(json_body(), {"card": str})
    line, checked_in = checkin.look_up(unb64(card_id, 16))
    return json_answer({"line": line, "checked_in": checked_in})


@pages.post("/api/checkin")
@audience(TABLET)
def check_in() -> Response:
    """Check a deputy in."""
    card_id, sig = fields(json_body(), {"card": str, "sig": str})
    checkin.check_in(_services(), unb64(card_id, 16), unb64(sig, 64))
    return json_answer({"checked_in": True})


@pages.get("/api/polls/<name>/proof/<event>")
@audience(TABLET, PUBLIC)
def proof(name: str, event: str) -> Response:
    """A phase's log entry, proven in the signed checkpoint that followed it."""
    if event not in PROVEN:
        raise Unknown("no_such_event", "没有这种证明。")
    with db.reading() as session:
        hash_, definition = polls.defined(polls.by_hash(session, unb64(name, 32)))
        about = None if event == RelayKey.event else hash_  # one key for all polls
        return json_answer(log.proof(session, about, event, definition.witnesses))


@pages.post("/api/issue")
@audience(TABLET)
def issue_ballot() -> Response:
    """The blind signatures for a deputy's blinded ballot key."""
    return json_answer({"blind_sigs": issue.issue(_services(), json_body())})


@pages.post("/api/register")
@audience(TABLET)
def register_ballot() -> Response:
    """Put a ballot on the roll, from no one in particular."""
    return json_answer(_registered(json_body()))


def _registered(body: Json, relayed: bool = False) -> Json:
    line = register.checked(body, relayed)
    stored = db.together(lambda plain: register.register(plain, line))
    return {"promise": b64(register.promise(_services(), stored))}


@pages.get("/api/polls/<name>/roll")
@audience(TABLET, PUBLIC)
def roll(name: str) -> Response:
    """All leaf hashes of the frozen roll; asking for one would name it."""
    hashes = register.leaf_hashes(unb64(name, 32))
    return _immutable(name, hashes, "application/octet-stream")


@pages.post("/api/cast")
@audience(TABLET)
def cast_ballot() -> Response:
    """Store a ballot, release what is due with it, and give its receipt."""
    return json_answer(_receipted(json_body()))


def _receipted(body: Json, relayed: bool = False) -> Json:
    services, ballot = _services(), cast.signed(body, relayed)
    stored = db.together(lambda plain: cast.store(plain, services, ballot))
    receipt = cast.receipt(services, stored)
    return {"promise": b64(receipt.promise), "tracker": b64(receipt.tracker)}


RELAYED = {"register": _registered, "cast": _receipted}


@pages.post("/api/sealed")
@audience(TABLET)
def sealed() -> Response:
    """One of the two, sealed: what a relay hands on. Refusals are sealed, too."""
    asked = relay.opened(_services(), small_body())
    if asked.path not in RELAYED:
        raise Unknown("unknown_path", "没有这种提交。")
    try:
        status, body = 200, RELAYED[asked.path](asked.body, relayed=True)
    except Refused as refused:
        status, body = refused.status, problem(refused.status, refused.code, refused.message)
    return Response(relay.answer(asked, status, body), content_type="application/octet-stream")


_boards: dict[str, bytes] = {}  # made once a process: a whole hall asks for it at once


@pages.get("/api/polls/<name>/board")
@audience(TABLET, PUBLIC)
def board(name: str) -> Response:
    """The public board, whole: a device searches it itself."""
    with db.reading() as session:
        poll = polls.by_hash(session, unb64(name, 32))
        if poll.phase != Phase.PUBLISHED:
            raise Refused("not_published", "结果还没有公布。")
        if name not in _boards:
            _boards[name] = publish.board(session, poll)
    return _immutable(name, _boards[name], "text/plain; charset=utf-8")
