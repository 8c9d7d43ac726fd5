"""The scrutineers' page: whether the figures agree, what waits for their word, notes to keep.

They see counts; no mark and no tally of marks is on it before the voting is closed.
"""

from __future__ import annotations

from itertools import pairwise

from flask import Blueprint, Response
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from voting import db
from voting.cards.sheet import qr_path
from voting.core import phases
from voting.core.encoding import Json, b64, parse_jcs, sha256, unb64
from voting.core.errors import Refused, Unknown
from voting.core.phases import Phase
from voting.core.poll import Definition, verification_code
from voting.core.text import text
from voting.core.trial import missed
from voting.models.office import LogEntry, Poll
from voting.steps import log, polls, publish
from voting.web import poll as poll_pages
from voting.web import witnesses, words
from voting.web.audience import SCRUTINEER, SECRETARIAT, audience
from voting.web.desk import live, page, services
from voting.web.language import FIRST, said

pages = Blueprint("scrutineer", __name__)

CHAIN = ("roster", "checked_in", "issued", "registered", "returned")
GAPS = (text("未到"), text("未领票"), text("未登记"), text("未收回"))
TRIED, SHARES = (5, 10, 20, 40), (2, 5, 10, 20)  # ballots; per cent of the tablets
COUNTED = (Phase.CLOSED, Phase.PUBLISHED)
MOMENTS = {
    "freeze": ("roll_frozen", text("票册冻结")),
    "end": ("result_published", text("结果公布")),
}


@pages.get("/scrutineer/<int:poll_id>")
@audience(SCRUTINEER)
def desk(poll_id: int) -> str:
    """One poll as its scrutineers see it."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        hash_, definition = polls.defined(poll)
        value = state(session, poll)
        return page(
            "scrutineer/desk.html",
            poll=poll,
            phase=Phase(poll.phase),
            definition=definition,
            code=words.fours(verification_code(hash_)),
            values=_values(session, poll),
            state=value,
            waiting=_waiting(poll, value),
            steps=phases.STEPS,
            gaps=GAPS,
            notes=[name for name in MOMENTS if _entry(session, poll, name)],
            moments=MOMENTS,
            error="",
            at="",
            reason="",
        )


@pages.get("/scrutineer/<int:poll_id>/trial")
@audience(SCRUTINEER)
def trial(poll_id: int) -> str:
    """How tablets are tried before the meeting, and how many ballots that takes."""
    with db.reading() as session:
        _, definition = polls.defined(polls.by_id(session, poll_id))
    tablets = max(definition.roster.count, *TRIED)
    lying = [-(-tablets * share // 100) for share in SHARES]
    return page(
        "scrutineer/trial.html",
        definition=definition,
        poll_id=poll_id,
        tablets=tablets,
        shares=SHARES,
        rows=[(tried, [missed(tablets, bad, tried) for bad in lying]) for tried in TRIED],
    )


@pages.get("/scrutineer/<int:poll_id>/live.json")
@audience(SCRUTINEER)
def figures(poll_id: int) -> Response:
    """What of the page changes by itself."""
    with db.reading() as session:
        return live(state(session, polls.by_id(session, poll_id)))


@pages.get("/scrutineer/<int:poll_id>/notes/<moment>")
@audience(SCRUTINEER, SECRETARIAT)
def note(poll_id: int, moment: str) -> str:
    """A note to print, sign and keep: what later proves that the record was not rewritten."""
    if moment not in MOMENTS:
        raise Unknown("unknown_note", "没有这种核对单。")
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        hash_, definition = polls.defined(poll)
        entry = _entry(session, poll, moment)
        if entry is None:
            when = MOMENTS[moment][1]
            raise Refused("not_yet", "%(moment)s以后才有这张核对单。", moment=when)
        checkpoint = log.signed_on(session, entry)
        with force_locale(FIRST):  # the paper is Chinese, whatever the page around it speaks
            at = words.moment(entry.at)
        return page(
            "print/note.html",
            poll=poll,
            definition=definition,
            moment=MOMENTS[moment][1],
            at=at,
            code=words.fours(verification_code(hash_)),
            name=b64(hash_),
            counts=_counts(session, poll, moment),
            values=_values(session, poll) | _ending(entry),
            checkpoint=checkpoint,
            codes=[(text("表决哈希"), qr_path(b64(hash_))), (text("检查点"), qr_path(checkpoint))],
        )


def state(session: Session, poll: Poll) -> Json:
    """The poll page's figures and steps, and how the counts follow from one another."""
    value = poll_pages.state(session, poll)
    chain = [value["figures"][name] for name in CHAIN]
    gaps = [more - less for more, less in pairwise(chain)]
    return value | {
        "gaps": {str(place): gap for place, gap in enumerate(gaps)},
        "balance": _balance(gaps),
        "agrees": min(gaps) >= 0,
        "checkpoint": log.head(session, polls.defined(poll)[1].witnesses),
        "witnessed": witnesses.seen(session, poll),
        "away": witnesses.away(session, poll),
        "counted": _counted(session, poll),
    }


def _balance(gaps: list[int]) -> str:
    """Which counts contradict each other and what to do; '' while they agree."""
    wrong = [
        _("%(less)s多于%(more)s", less=said(words.FIGURES[less]), more=said(words.FIGURES[more]))
        for (more, less), gap in zip(pairwise(CHAIN), gaps, strict=True)
        if gap < 0
    ]
    return _("不符：%(wrong)s。请停止表决并查明。", wrong=words.listed(wrong)) if wrong else ""


def _counted(session: Session, poll: Poll) -> Json:
    """有效, 弃权票 and 无效 of a closed poll; nothing is said of an open one."""
    if poll.phase not in COUNTED:
        return {"valid": "—", "blank": "—", "invalid": "—"}
    returned, blank = polls.returned(session, poll), publish.blanks(session, poll)
    return {"valid": returned, "blank": blank, "invalid": 0}


def _waiting(poll: Poll, value: Json) -> list[str]:
    """The steps that wait for two people's word: the next one, and what somebody has begun."""
    onward = phases.step_after(Phase(poll.phase))
    return [
        name
        for name, option in value["options"].items()
        if phases.STEPS[name].two_people
        and not option["blockers"]
        and (option["approved_by"] or name in ("accept_gap", onward.name if onward else ""))
    ]


def _values(session: Session, poll: Poll) -> dict[str, str]:
    """What is compared with tablets, the hall's screen and paper, by its name."""
    hash_, definition = polls.defined(poll)
    named: dict[str, str] = {text("表决哈希"): b64(hash_)}
    named[text("日志公钥")] = b64(services().log_public)
    if definition.relay:
        named[text("转送机")] = words.relay(definition.relay)
        named |= _relay_key(session)
    frozen = log.latest(session, hash_, "roll_frozen")
    if frozen:
        named[text("票册根")] = parse_jcs(frozen.entry)["root"]
    return named | _fingerprints(session, poll, definition)


def _relay_key(session: Session) -> dict[str, str]:
    """The key that tablets seal for, and how many the log has told: one a start, and no more."""
    told = log.relay_keys(session)
    if not told:
        return {}
    key = unb64(parse_jcs(told[-1].entry)["public"])
    return {text("转送密钥指纹（日志中第 %(n)s 把）", n=len(told)): _fingerprint(key)}


def _fingerprints(session: Session, poll: Poll, definition: Definition) -> dict[str, str]:
    """SHA-256 of the issuers' own keys, and of the issuing keys of the last epoch."""
    holders = [(who.name, who.key) for who in definition.issuers]
    holders += [(who.name, who.key) for who in definition.witnesses]
    named: dict[str, str] = {
        text("%(issuer)s公钥指纹", issuer=name): _fingerprint(key) for name, key in holders
    }
    if log.latest(session, poll.hash or b"", "issuing_opened"):
        keys = zip(definition.issuers, polls.issuing_keys(session, poll), strict=True)
        for who, spki in keys:
            name = text("%(issuer)s签发密钥指纹（第 %(n)s 轮）", issuer=who.name, n=poll.epoch)
            named[name] = _fingerprint(spki)
    return named


def _fingerprint(key: bytes) -> str:
    return words.fours(sha256(key).hex())


def _entry(session: Session, poll: Poll, moment: str) -> LogEntry | None:
    return log.latest(session, poll.hash or b"", MOMENTS[moment][0])


def _counts(session: Session, poll: Poll, moment: str) -> dict[str, int]:
    """The figures of the note, in the order in which they are compared."""
    _, definition = polls.defined(poll)
    counts: dict[str, int] = {
        text("应到"): definition.roster.count,
        text("实到"): poll.checked_in or 0,
        text("发出"): polls.issued(session, poll),
        text("登记"): polls.registered(session, poll),
    }
    if moment == "freeze":
        return counts
    returned = polls.returned(session, poll)
    blank = publish.blanks(session, poll)
    after = (text("收回"), text("有效"), text("其中弃权票"), text("无效"))
    return counts | dict(zip(after, (returned, returned, blank, 0), strict=True))


def _ending(entry: LogEntry) -> dict[str, str]:
    """What only the note of the end has: the hashes that were logged with the result."""
    if entry.event != "result_published":
        return {}
    event = parse_jcs(entry.entry)
    return {text("结果哈希"): event["result"], text("公示板根"): event["board"]}
