"""A poll's phases, the steps between them, and what blocks each step (protocol section 3).

One list of blockers is shown to the officials and enforced by the step: a step runs only while its
list is empty. A step that two people of two roles must take runs on the second approval, and an
approval binds the figures that its giver was shown.

>>> (step_after(Phase.FROZEN) or OPEN).name
'open'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voting.core.encoding import Json, b64, jcs, sha256
from voting.core.text import text


class Phase(StrEnum):
    """Where a poll stands; `void` is for ever."""

    DRAFT = "draft"
    DEFINED = "defined"
    ISSUING = "issuing"
    REGISTERING = "registering"
    FROZEN = "frozen"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    VOID = "void"


LIVE = frozenset({Phase.ISSUING, Phase.REGISTERING, Phase.FROZEN, Phase.OPEN, Phase.CLOSED})
SETTLED = LIVE | {Phase.DEFINED}  # accounts, roster and cards stand still from 定稿 to publication


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a poll: its name, the phases it leaves, its phase after, and who takes it."""

    name: str
    label: str
    leaves: frozenset[Phase]
    enters: Phase
    two_people: bool


def _step(name: str, label: str, leaves: set[Phase], enters: Phase, two: bool) -> Step:
    return Step(name, label, frozenset(leaves), enters, two)


DEFINE = _step("define", text("定稿"), {Phase.DRAFT}, Phase.DEFINED, False)
ISSUE = _step("issue", text("开始发票"), {Phase.DEFINED, Phase.ISSUING}, Phase.ISSUING, True)
REGISTER = _step("register", text("停止发票，统一登记"), {Phase.ISSUING}, Phase.REGISTERING, False)
FREEZE = _step("freeze", text("冻结票册"), {Phase.REGISTERING}, Phase.FROZEN, False)
ACCEPT_GAP = _step("accept_gap", text("接受差额并冻结"), {Phase.REGISTERING}, Phase.FROZEN, True)
OPEN = _step("open", text("开始表决"), {Phase.FROZEN}, Phase.OPEN, True)
CLOSE = _step("close", text("停止表决"), {Phase.OPEN}, Phase.CLOSED, True)
PUBLISH = _step("publish", text("公布结果"), {Phase.CLOSED}, Phase.PUBLISHED, True)
VOID = _step("void", text("作废本次表决"), set(SETTLED | {Phase.PUBLISHED}), Phase.VOID, True)

STEPS = {
    step.name: step
    for step in (DEFINE, ISSUE, REGISTER, FREEZE, ACCEPT_GAP, OPEN, CLOSE, PUBLISH, VOID)
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a poll and its meeting when a step is asked for; counts of deputies."""

    phase: Phase
    items: int = 0
    roster: int = 0
    cards: int = 0
    checked_in: int = 0
    quorum: int = 0
    epoch: int = 0
    issued: int = 0
    registered: int = 0
    returned: int = 0
    key_alive: bool = False
    window_over: bool = False
    other_live: bool = False
    unwitnessed: int = 0  # witnesses that have not seen the present phase begin
    restored: bool = False  # since issuing closed: ballots may be lost with the former server

    def digest(self, step: Step) -> str:
        """What an approval of `step` binds: the step, the phase and the figures it was shown."""
        figures: dict[str, Json] = {"step": step.name, "phase": self.phase, "epoch": self.epoch}
        figures |= self.bound(step)
        return b64(sha256(jcs(figures)))

    def bound(self, step: Step) -> dict[str, int]:
        """The counts that an approval of `step` binds, by their names here."""
        return {name: getattr(self, name) for name in _BOUND.get(step.name, ())}


_BOUND = {
    "issue": ("items", "roster", "checked_in"),
    "accept_gap": ("issued", "registered"),
    "open": ("issued", "registered"),
    "close": ("issued", "registered", "returned"),
    "void": ("checked_in", "issued", "registered", "returned"),
    "publish": ("roster", "checked_in", "issued", "registered", "returned"),
}


def blockers(step: Step, facts: Facts) -> list[str]:
    """What stands against the step now, in Chinese sentences; empty means that it may run."""
    if facts.phase not in step.leaves:
        return [text("当前阶段不能进行「%(step)s」。", step=step.label)]
    stated = [reason for condition, reason in _conditions(step, facts) if condition]
    return stated + _lost(step, facts) + _unseen(step, facts)


def _lost(step: Step, facts: Facts) -> list[str]:
    """A ballot that was acknowledged and is not in the copy would be missing without a trace."""
    if not facts.restored or step in (PUBLISH, VOID):
        return []
    return [text("服务器在停止发票以后由备份恢复过，登记和投票可能已经丢失：只能作废，重新表决。")]


def _unseen(step: Step, facts: Facts) -> list[str]:
    """Tablets wait for the witnesses, so the officials do; a lost key is replaced in any case."""
    waits = step in (ISSUE, REGISTER, FREEZE, ACCEPT_GAP, OPEN, CLOSE)
    if facts.unwitnessed == 0 or not waits or (step is ISSUE and facts.phase is Phase.ISSUING):
        return []
    return [text("还有 %(n)s 位见证人没有见证日志到这一步，请查看见证机。", n=facts.unwitnessed)]


def _conditions(step: Step, facts: Facts) -> list[tuple[bool, str]]:
    gap, lack = facts.issued - facts.registered, facts.roster - facts.cards
    window = (not facts.window_over, text("统一登记时段尚未结束。"))
    match step.name:
        case "define":
            return [
                (facts.items == 0, text("还没有候选项目，请先导入。")),
                (facts.roster == 0, text("还没有代表名册，请先导入。")),
                (lack > 0, text("还有 %(n)s 位代表没有代表证。", n=lack)),
                (facts.other_live, text("另有一项表决正在进行。")),
            ]
        case "issue":
            return [
                (facts.checked_in < facts.quorum, _quorum(facts)),
                (facts.other_live, text("另有一项表决正在进行。")),
                (facts.key_alive, text("发票正在进行，签发密钥完好，不需要重新开始。")),
            ]
        case "register":
            return [
                (facts.issued == 0, text("还没有发出任何表决票。")),
                (facts.checked_in < facts.quorum, _quorum(facts)),
            ]
        case "freeze":
            left = text("还有 %(gap)s 张表决票没有登记。", gap=gap)
            return [window, (gap > 0, left), _fraud(gap)]
        case "accept_gap":
            return [window, (gap == 0, text("没有差额，直接冻结票册即可。")), _fraud(gap)]
        case "open":
            return [_fraud(gap)]
        case _:
            return []


def _quorum(facts: Facts) -> str:
    here, need = facts.checked_in, facts.quorum
    return text("签到 %(here)s 人，未达到法定人数 %(need)s 人。", here=here, need=need)


def _fraud(gap: int) -> tuple[bool, str]:
    return (gap < 0, text("登记数多于发出数：有人伪造表决票，必须停止并作废本次表决。"))


def step_after(phase: Phase) -> Step | None:
    """The step that leads on from `phase`, or None where the story ends."""
    onward = (DEFINE, ISSUE, REGISTER, FREEZE, OPEN, CLOSE, PUBLISH)
    return next((s for s in onward if phase in s.leaves and s.enters is not phase), None)
