"""A poll's definition and its roster: values that are always valid, and their exact bytes.

Protocol section 2. A `Definition` or `RosterLine` that exists obeys the rules stated there: making
one that does not raises `Malformed`. `parse` accepts only what `to_bytes` prints, so one poll has
one definition.json, and one name.

>>> line = RosterLine(bytes(16), bytes(65), "城关代表团", "王玉兰", "001", "")
>>> RosterLine.parse(line.to_bytes()) == line
True
>>> verification_code(bytes(31) + b"\\x07")
'00000007'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from types import NoneType

from voting.core import checkpoint, merkle, messages, signing
from voting.core.encoding import (
    MAX_INTEGER,
    Json,
    Shape,
    b64,
    fields,
    is_id,
    jcs,
    parse_jcs,
    text_lines,
    unb64,
)
from voting.core.errors import Malformed
from voting.core.forms import (
    Decision,
    Scale,
    check_form,
    decision_json,
    distinct,
    is_text,
    parse_decision,
    parse_scale,
    require,
    scale_json,
)

MAX_ITEMS = 200
MAX_WITNESSES = 8
MAX_BYTES = 4 * 1024**2  # of definition.json: verifiers read no larger one (docs/record-format.md)
_ORIGIN = re.compile(
    r"https://([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(:(?!443\Z)(?P<port>[1-9][0-9]{0,4}))?\Z"
)
_MAX_PORT = 65535
MIN_RESERVE = 10  # a tally that moves by fewer ballots points at deputies (protocol section 3)


@dataclass(frozen=True, slots=True)
class Congress:
    """A congress of one session (届次); its id goes into every card's keys."""

    id: str
    name: str
    session: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that deputies check in to; `date` is YYYY-MM-DD."""

    id: str
    title: str
    date: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is voted on.

    `more` holds its other fields (category, content, amount_yuan in whole 元, unit, …): JSON values
    under ASCII names, in no order.
    """

    id: str
    title: str
    more: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> Json:
        """As it stands in `items` of definition.json."""
        return {**self.more, "id": self.id, "title": self.title}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs ballot keys; `key` is its Ed25519 key, 32 bytes."""

    id: str
    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns the log's checkpoints; `key` is its Ed25519 key, 32 bytes."""

    id: str
    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Relay:
    """By whom ballots come to the server: a party that sees who sends, and nothing of what.

    `origin` is `https://HOST` or `https://HOST:PORT`, as browsers write it.
    """

    name: str
    origin: str

    def __post_init__(self) -> None:
        require(is_text(self.name), "bad_text", "名称不能为空，也不能含有控制字符。")
        found = _ORIGIN.match(self.origin)
        good = found is not None and int(found["port"] or 443) <= _MAX_PORT
        require(good, "bad_relay", "转送机的地址应写成 https://主机 或 https://主机:端口 的样子。")


@dataclass(frozen=True, slots=True)
class RosterHead:
    """How many deputies the roster has, and the Merkle root of its lines, 32 bytes."""

    count: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Definition:
    """All that 定稿 fixes of a poll; `Malformed` where it breaks protocol section 2.

    `follows` is the hash of the poll that this one repeats, 32 bytes, or None; `reserve` the number
    of ballots that a release holds back; `log_key` 32 bytes. Where there are `witnesses`, tablets
    act only on what all of them have seen; where there is a `relay`, they register and cast by it
    alone. Where there are none the bytes do not speak of them.
    """

    congress: Congress
    meeting: Meeting
    poll_id: str
    title: str
    round: int
    follows: bytes | None
    items: tuple[Item, ...]
    scale: Scale
    decision: Decision
    reserve: int
    issuers: tuple[Issuer, ...]
    roster: RosterHead
    log_key: bytes
    witnesses: tuple[Witness, ...] = ()
    relay: Relay | None = None

    def __post_init__(self) -> None:
        _check_names(self)
        _check_numbers(self)
        _check_items(self.items)
        check_form(self.scale, self.decision, len(self.items))
        _check_keys(self)
        try:
            size = len(self.to_bytes())
        except ValueError as error:
            raise Malformed(
                "bad_items", "项目的其他内容无法保存：名称须为英文字母，数字须为整数，文字须完整。"
            ) from error
        most = MAX_BYTES // 1024**2
        require(size <= MAX_BYTES, "bad_items", "项目的文字太多，合计超过 %(most)s MB。", most=most)

    @property
    def poll_hash(self) -> bytes:
        """What names this poll everywhere, 32 bytes."""
        return messages.poll_hash(self.to_bytes())

    @property
    def cosigners(self) -> tuple[checkpoint.Cosigner, ...]:
        """The witnesses as a checkpoint's lines name them."""
        log = checkpoint.origin(self.congress.id)
        return tuple(checkpoint.cosigner(log, who.id, who.key) for who in self.witnesses)

    def to_bytes(self) -> bytes:
        """definition.json."""
        return jcs(_definition_json(self))

    @classmethod
    def parse(cls, data: bytes) -> Definition:
        """The definition that prints as `data`; `Malformed` where there is none."""
        return _parse_definition(parse_jcs(data))


def verification_code(poll_hash: bytes) -> str:
    """核验码, 8 digits: finds a tablet that was given another poll by mistake, not by design."""
    return f"{int.from_bytes(poll_hash, 'big') % 10**8:08d}"


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One deputy's line of roster.jsonl: `card_id` 16 bytes, `card_key` 65, the rest text.

    `number` names the deputy in the congress; delegation and seat may be empty. `Malformed` where
    a length is wrong, a name or number is empty or a text has control characters.
    """

    card_id: bytes
    card_key: bytes
    delegation: str
    name: str
    number: str
    seat: str

    def __post_init__(self) -> None:
        lengths = len(self.card_id), len(self.card_key)
        require(lengths == (16, 65), "bad_card", "代表证的编号或公钥长度不对。")
        for text in (self.name, self.number):
            require(is_text(text), "bad_text", "代表的姓名和编号不能为空，也不能含有控制字符。")
        for text in (self.delegation, self.seat):
            require(not text or is_text(text), "bad_text", "代表团和座位不能含有控制字符。")

    def to_json(self) -> dict[str, str]:
        """The line's value."""
        return {
            "card_id": b64(self.card_id),
            "card_key": b64(self.card_key),
            "delegation": self.delegation,
            "name": self.name,
            "number": self.number,
            "seat": self.seat,
        }

    def to_bytes(self) -> bytes:
        """The line, without its LF: a leaf of the roster's tree."""
        return jcs(self.to_json())

    @classmethod
    def parse(cls, line: bytes) -> RosterLine:
        """The deputy whose line prints as `line`; else `Malformed`."""
        names = ("card_id", "card_key", "delegation", "name", "number", "seat")
        card_id, card_key, *texts = fields(parse_jcs(line), dict.fromkeys(names, str))
        return cls(unb64(card_id, 16), unb64(card_key, 65), *texts)


def roster_head(lines: Iterable[RosterLine]) -> RosterHead:
    """What a definition says of its roster; `Malformed` where a number or a card stands twice."""
    lines = list(lines)
    require(distinct([line.number for line in lines]), "bad_roster", "名册中有重复的代表编号。")
    for card in ([line.card_id for line in lines], [line.card_key for line in lines]):
        require(distinct(card), "bad_roster", "名册中有重复的代表证。")
    return RosterHead(len(lines), merkle.root(line.to_bytes() for line in lines))


def parse_roster(data: bytes) -> list[RosterLine]:
    """The lines of roster.jsonl, else `Malformed`; compare their `roster_head` with the poll's."""
    return [RosterLine.parse(line) for line in text_lines(data)]


def _check_names(poll: Definition) -> None:
    parties = _all_parties(poll)
    ids = (poll.congress.id, poll.meeting.id, *(party.id for party in parties))
    require(all(map(is_id, ids)), "bad_id", "标识只能用小写字母、数字和连字符，最多64个字符。")
    names = (poll.congress.name, poll.congress.session, poll.meeting.title)
    texts = (*names, poll.poll_id, poll.title, *(party.name for party in parties))
    require(all(map(is_text, texts)), "bad_text", "名称不能为空，也不能含有控制字符。")
    require(_is_date(poll.meeting.date), "bad_date", "会议日期应写成2026-01-31的样子。")


def _all_parties(poll: Definition) -> list[Issuer | Witness]:
    return [*poll.issuers, *poll.witnesses]


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other spellings, too
    except ValueError:
        return False


def _check_numbers(poll: Definition) -> None:
    require(1 <= poll.round <= MAX_INTEGER, "bad_round", "轮次从1开始。")
    require(1 <= poll.roster.count <= MAX_INTEGER, "bad_roster", "名册中没有代表。")
    enough = MIN_RESERVE <= poll.reserve <= MAX_INTEGER
    require(enough, "bad_reserve", "每批保留的票数至少为%(least)s。", least=MIN_RESERVE)


def _check_items(items: Sequence[Item]) -> None:
    require(1 <= len(items) <= MAX_ITEMS, "bad_items", "项目应为1至%(most)s项。", most=MAX_ITEMS)
    texts = [text for item in items for text in (item.id, item.title)]
    require(all(map(is_text, texts)), "bad_items", "项目的编号和名称不能为空或含有控制字符。")
    require(distinct([item.id for item in items]), "bad_items", "项目的编号有重复。")
    twice = any(name in item.more for item in items for name in ("id", "title"))
    require(not twice, "bad_items", "项目的编号和名称只能写一次。")


def _check_keys(poll: Definition) -> None:
    issuers, roots = poll.issuers, [poll.roster.root]
    require(len(issuers) in (1, 2), "bad_issuers", "发票方应为一个或两个。")
    require(distinct([issuer.id for issuer in issuers]), "bad_issuers", "发票方的标识有重复。")
    few = len(poll.witnesses) <= MAX_WITNESSES
    require(few, "bad_witnesses", "见证人最多%(most)s位。", most=MAX_WITNESSES)
    names = [witness.id for witness in poll.witnesses]
    require(distinct(names), "bad_witnesses", "见证人的标识有重复。")
    keys = [poll.log_key, *(party.key for party in _all_parties(poll))]
    require(distinct(keys), "bad_keys", "发票方、见证人与日志的公钥必须各不相同。")
    roots += [] if poll.follows is None else [poll.follows]
    require({len(value) for value in keys + roots} == {32}, "bad_keys", "公钥或哈希的长度不对。")
    check_signers(keys)


def check_signers(keys: Iterable[bytes]) -> None:
    """`Malformed` where one of these Ed25519 keys, 32 bytes each, is one that anybody signs under.

    Verifiers refuse such a key, after the vote (docs/record-format.md, section 1).
    """
    safe = all(map(signing.is_ed25519_key, keys))
    require(safe, "bad_keys", "公钥中有不安全的：任何人都能以它的名义签名。")


def _definition_json(poll: Definition) -> Json:
    follows = None if poll.follows is None else b64(poll.follows)
    naming = {"id": poll.poll_id, "title": poll.title, "round": poll.round, "follows": follows}
    more: dict[str, Json] = {"witnesses": _parties(poll.witnesses)} if poll.witnesses else {}
    more |= {"relay": asdict(poll.relay)} if poll.relay else {}
    return more | {
        "v": 1,
        "congress": asdict(poll.congress),
        "meeting": asdict(poll.meeting),
        "poll": naming,
        "items": [item.to_json() for item in poll.items],
        "scale": scale_json(poll.scale),
        "decision": decision_json(poll.decision),
        "release": {"reserve": poll.reserve},
        "issuers": _parties(poll.issuers),
        "roster": {"count": poll.roster.count, "root": b64(poll.roster.root)},
        "log_key": b64(poll.log_key),
    }


def _parties(parties: Sequence[Issuer | Witness]) -> Json:
    return [{"id": who.id, "name": who.name, "key": b64(who.key)} for who in parties]


_OBJECTS = ("congress", "meeting", "poll", "scale", "decision", "release", "roster")
_LISTS: Shape = {"v": int, "items": list, "issuers": list, "log_key": str}
_SHAPE: dict[str, type | tuple[type, ...]] = {**_LISTS, **dict.fromkeys(_OBJECTS, dict)}
_MAYBE: dict[str, type] = {"witnesses": list, "relay": dict}  # not there where there are none
_NAMING: Shape = {"id": str, "title": str, "round": int, "follows": (str, NoneType)}


def _parse_definition(value: Json) -> Definition:
    there = {name: _MAYBE[name] for name in _MAYBE if isinstance(value, dict) and name in value}
    fields(value, _SHAPE | there)
    witnesses, relay = value.get("witnesses", []), value.get("relay")
    require(bool(witnesses) is ("witnesses" in there), "bad_witnesses", "没有见证人时不写这一项。")
    require(value["v"] == 1, "bad_version", "不认识的版本。")
    poll_id, title, number, follows = fields(value["poll"], _NAMING)
    (reserve,) = fields(value["release"], {"reserve": int})
    count, root = fields(value["roster"], {"count": int, "root": str})
    return Definition(
        Congress(*fields(value["congress"], {"id": str, "name": str, "session": str})),
        Meeting(*fields(value["meeting"], {"id": str, "title": str, "date": str})),
        poll_id,
        title,
        number,
        None if follows is None else unb64(follows, 32),
        tuple(map(_parse_item, value["items"])),
        parse_scale(value["scale"]),
        parse_decision(value["decision"]),
        reserve,
        tuple(Issuer(*_parse_party(issuer)) for issuer in value["issuers"]),
        RosterHead(count, unb64(root, 32)),
        unb64(value["log_key"], 32),
        tuple(Witness(*_parse_party(witness)) for witness in witnesses),
        None if relay is None else Relay(*fields(relay, {"name": str, "origin": str})),
    )


def _parse_item(value: Json) -> Item:
    require(isinstance(value, dict), "bad_fields", "每个项目应为一个对象。")
    own = {name: value[name] for name in value if name in ("id", "title")}
    more = {name: value[name] for name in value if name not in own}
    item_id, title = fields(own, {"id": str, "title": str})
    return Item(item_id, title, more)


def _parse_party(value: Json) -> tuple[str, str, bytes]:
    party_id, name, key = fields(value, {"id": str, "name": str, "key": str})
    return party_id, name, unb64(key, 32)
