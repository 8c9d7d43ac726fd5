"""A poll's candidate projects: the list and its order, one project's form, and taking one off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from voting import db
from voting.core import second
from voting.core.errors import Faulty, Refused, Unknown
from voting.core.poll import Item
from voting.sheets import projects as sheets
from voting.steps import polls, prepare
from voting.steps import projects as steps
from voting.steps.projects import Changed
from voting.web import words
from voting.web.audience import SECRETARIAT, audience
from voting.web.desk import page
from voting.web.language import said
from voting.web.secretariat import decision_of, pages

Answer = Response | tuple[str, int]


@pages.get("/office/polls/<int:poll_id>/projects")
@audience(SECRETARIAT)
def projects(poll_id: int) -> str:
    """A poll's candidate projects, and the form to import them into a draft."""
    return projects_page(poll_id)


def projects_page(poll_id: int, wanted: Sequence[str] = (), **context: Any) -> str:
    """The page with what else it must say; `wanted` is an order that has not been stored."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        items = prepare.items_of(session, poll)
        return page(
            "secretariat/projects.html",
            poll=poll,
            items=_in_order(items, wanted),
            seen=steps.order_of(items),
            changed=bool(wanted),
            plain=_are_counted(items),
            rule=decision_of(session, poll),
            lacking=second.lacking(items),
            second=second,
            columns=list(sheets.FIELDS.values()),
            **{"error": "", "at": "", **context},
        )


def _in_order(items: Sequence[Item], wanted: Sequence[str]) -> list[Item]:
    """The projects in an order of ids; those that it does not name come last."""
    places = {id_: place for place, id_ in enumerate(wanted)}
    return sorted(items, key=lambda item: places.get(item.id, len(places)))


def _are_counted(items: Sequence[Item]) -> bool:
    """Whether the ids are 1, 2, 3 … in some order: then a new order numbers them anew."""
    return {item.id for item in items} == {str(n + 1) for n in range(len(items))}


@pages.post("/office/polls/<int:poll_id>/order")
@audience(SECRETARIAT)
def order(poll_id: int) -> Answer:
    """Store the order of the projects; a button without a script moves one by one place."""
    ids = _moved(request.form.getlist("order"), request.form.get("move", ""))
    seen, renumber = request.form.get("seen", ""), request.form.get("renumber") == "yes"
    try:
        with db.writing() as session:
            poll = polls.by_id(session, poll_id)
            steps.put_in_order(session, poll, ids, seen, renumber)
    except Changed as refused:
        return projects_page(poll_id, ids, error=refused.message, at="order"), refused.status
    except Unknown:
        raise
    except Refused as refused:
        return projects_page(poll_id, error=refused.message, at="order"), refused.status
    flash(_("次序已保存。"))
    return redirect(url_for("secretariat.projects", poll_id=poll_id, _anchor="items"))


def _moved(ids: list[str], move: str) -> list[str]:
    """The ids with one of them a place up or down: `move` is its place, a colon, -1 or 1."""
    place, _colon, by = move.partition(":")
    if not place.isdecimal() or by not in ("-1", "1"):
        return ids
    here, there = int(place), int(place) + int(by)
    if here < len(ids) and 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
    return ids


@pages.get("/office/polls/<int:poll_id>/project")
@audience(SECRETARIAT)
def project(poll_id: int) -> str:
    """The form for one project of a draft, `?id=`; without that, for a new one."""
    id_ = request.args.get("id", "")
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        prepare.check_draft(poll)
        items = prepare.items_of(session, poll)
        if id_:
            item = steps.find(items, id_)
            return _form(poll_id, id_, sheets.as_typed(item), steps.fingerprint([item]))
        blank = {"id": _free(items), "second_lang": second.language(items)}
        return _form(poll_id, "", blank, "")


def _free(items: Sequence[Item]) -> str:
    """The next number."""
    return str(1 + max((int(item.id) for item in items if item.id.isdecimal()), default=0))


def _form(poll_id: int, was: str, typed: Any, seen: str, refused: Refused | None = None) -> str:
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        return page(
            "secretariat/project.html",
            poll=poll,
            was=was,
            typed=typed,
            seen=seen,
            now=_now(prepare.items_of(session, poll), was) if isinstance(refused, Changed) else {},
            fields=sheets.FIELDS,
            second_fields=sheets.SECOND_FIELDS,
            scripts=second.LANGUAGES,
            direction=second.direction,
            error=refused.message if refused else "",
            wrong=refused.fields if isinstance(refused, Faulty) else {},
        )


def _now(items: Sequence[Item], id_: str) -> dict[str, str]:
    """What stands now of a project that somebody else has changed."""
    return next((sheets.as_typed(item) for item in items if item.id == id_), {})


@pages.post("/office/polls/<int:poll_id>/project")
@audience(SECRETARIAT)
def save_project(poll_id: int) -> Answer:
    """Store one project of a draft, as changed or new."""
    was, seen = request.form.get("was", ""), request.form.get("seen", "")
    try:
        item, wrong = sheets.typed(request.form)
        if wrong:
            raise Faulty(wrong)
        with db.writing() as session:
            poll = polls.by_id(session, poll_id)
            if was:
                steps.change(session, poll, was, seen, item)
            else:
                steps.add(session, poll, item)
    except Unknown:
        raise
    except Refused as refused:
        return _again(poll_id, was, seen, refused), refused.status
    flash(_saved(item))
    return redirect(url_for("secretariat.projects", poll_id=poll_id, _anchor="items"))


def _again(poll_id: int, was: str, seen: str, refused: Refused) -> str:
    """The form as it was typed; where somebody else was quicker, saving it again will do."""
    if isinstance(refused, Changed):
        with db.reading() as session:
            items = prepare.items_of(session, polls.by_id(session, poll_id))
        standing = [item for item in items if item.id == was]
        was, seen = (was, steps.fingerprint(standing)) if standing else ("", "")
    return _form(poll_id, was, request.form, seen, refused)


def _saved(item: Item) -> str:
    """What was stored, with the sums as they were understood."""
    sums = [
        f"{said(column.name)} {words.money(item.more[name])}"
        for name, column in sheets.FIELDS.items()
        if column.money and name in item.more
    ]
    title = f"{item.id} {item.title}"
    if not sums:
        return str(_("已保存「%(title)s」。", title=title))
    return str(_("已保存「%(title)s」：%(sums)s。", title=title, sums="，".join(sums)))


@pages.get("/office/polls/<int:poll_id>/project/remove")
@audience(SECRETARIAT)
def removal(poll_id: int) -> str:
    """What is to be taken off the list, `?id=`, before it is."""
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        prepare.check_draft(poll)
        item = steps.find(prepare.items_of(session, poll), request.args.get("id", ""))
        seen = steps.fingerprint([item])
        return page("secretariat/removal.html", poll=poll, item=item, seen=seen)


@pages.post("/office/polls/<int:poll_id>/project/remove")
@audience(SECRETARIAT)
def remove_project(poll_id: int) -> Answer:
    """Take a project off a draft's list."""
    id_, seen = request.form.get("id", ""), request.form.get("seen", "")
    try:
        with db.writing() as session:
            steps.remove(session, polls.by_id(session, poll_id), id_, seen)
    except Unknown:
        raise
    except Refused as refused:
        return projects_page(poll_id, error=refused.message, at="order"), refused.status
    flash(_("已移除序号为「%(id)s」的项目。", id=id_))
    return redirect(url_for("secretariat.projects", poll_id=poll_id, _anchor="items"))
