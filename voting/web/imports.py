"""Imports in two steps: a preview of the uploaded file, then its commit, all of it or nothing.

Nothing of an upload is kept: the preview's form carries the accepted values themselves, signed,
with a digest of what stood when they were compared. A commit is refused once that has changed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from flask import Blueprint, abort, current_app, flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from voting import db
from voting.core import second
from voting.core.encoding import Json, b64, jcs, sha256
from voting.core.errors import Malformed, Refused, Unknown
from voting.core.poll import Item
from voting.sheets import blanks, preview, projects, roster
from voting.sheets.columns import SECOND
from voting.sheets.preview import Preview
from voting.sheets.reading import Reading
from voting.sheets.roster import RosterRow
from voting.steps import polls, prepare
from voting.web import projects as project_pages
from voting.web import secretariat
from voting.web.audience import SECRETARIAT, audience
from voting.web.desk import page

pages = Blueprint("imports", __name__)

T = TypeVar("T")
Answer = Response | tuple[str, int]


@pages.post("/office/roster")
@audience(SECRETARIAT)
def see_roster() -> Answer:
    """What the roster of a file would change."""
    return _or_again(_see_roster, secretariat.roster_page)


def _see_roster() -> Answer:
    reading = roster.read(*_upload())
    with db.reading() as session:
        prepare.still(session)
        standing = prepare.roster_rows(session)
    seen = preview.compare(reading, standing, roster.texts)
    sealed = _seal("roster", reading, standing, _row_json)
    back, commit = url_for("secretariat.roster"), url_for("imports.commit_roster")
    return _shown(seen, sealed, _("代表名册"), back, commit)


@pages.post("/office/roster/commit")
@audience(SECRETARIAT)
def commit_roster() -> Answer:
    """Put the previewed roster in place of the former one."""
    return _or_again(_commit_roster, secretariat.roster_page)


def _commit_roster() -> Answer:
    values, standing = _open("roster")
    rows = [RosterRow(*row) for row in values]
    with db.writing() as session:
        _check_standing(standing, prepare.roster_rows(session), _row_json)
        prepare.import_roster(session, rows)
    flash(_("已导入 %(count)s 位代表。", count=len(rows)))
    return redirect(url_for("secretariat.roster"))


@pages.post("/office/polls/<int:poll_id>/projects")
@audience(SECRETARIAT)
def see_projects(poll_id: int) -> Answer:
    """What the projects of a file would change in a draft."""
    again = partial(project_pages.projects_page, poll_id, at="import")
    return _or_again(partial(_see_projects, poll_id), again)


def _see_projects(poll_id: int) -> Answer:
    chosen = request.form.get("second", "")
    reading = projects.read(*_upload(), chosen if chosen in second.LANGUAGES else "")
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        prepare.check_draft(poll)
        standing = prepare.items_of(session, poll)
        title = poll.title
    seen = preview.compare(reading, standing, projects.texts)
    sealed = _seal(f"projects-{poll_id}", reading, standing, _item_json)
    back = url_for("secretariat.projects", poll_id=poll_id)
    commit = url_for("imports.commit_projects", poll_id=poll_id)
    said = _("%(poll)s：候选项目", poll=title)
    lang = second.language(reading.values)
    return _shown(seen, sealed, said, back, commit, lang=lang)


@pages.post("/office/polls/<int:poll_id>/projects/commit")
@audience(SECRETARIAT)
def commit_projects(poll_id: int) -> Answer:
    """Put the previewed projects in place of a draft's former ones."""
    again = partial(project_pages.projects_page, poll_id, at="import")
    return _or_again(partial(_commit_projects, poll_id), again)


def _commit_projects(poll_id: int) -> Answer:
    values, standing = _open(f"projects-{poll_id}")
    items = [Item(*item) for item in values]
    with db.writing() as session:
        poll = polls.by_id(session, poll_id)
        _check_standing(standing, prepare.items_of(session, poll), _item_json)
        prepare.import_projects(session, poll, items)
    flash(_("已导入 %(count)s 个候选项目。", count=len(items)))
    return redirect(url_for("secretariat.projects", poll_id=poll_id))


@pages.get("/office/templates/<name>")
@audience(SECRETARIAT)
def template(name: str) -> Response:
    """An empty file to fill in."""
    if name not in blanks.FILES:
        abort(404)
    data, kind = blanks.make(name)
    return send_file(io.BytesIO(data), kind, as_attachment=True, download_name=blanks.FILES[name])


def _or_again(act: Callable[[], Answer], again: Callable[..., str]) -> Answer:
    """The answer of `act` or, where it is refused, the page before with the reason."""
    try:
        return act()
    except Unknown:
        raise
    except Refused as refused:
        return again(error=refused.message), refused.status


def _upload() -> tuple[str, bytes]:
    """The uploaded file's name, for messages only, and its bytes."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Malformed("no_file", "请先选择要导入的 .xlsx 或 CSV 文件。")
    return file.filename[-100:], file.read()


def _shown(
    seen: Preview, sealed: str, title: str, back: str, commit: str, *, lang: str = ""
) -> Answer:
    """The preview; `lang` is that of the columns in a second script."""
    text = page(
        "secretariat/preview.html",
        seen=seen,
        sealed=sealed,
        title=title,
        back=back,
        commit=commit,
        lang=lang,
        direction=second.direction(lang),
        in_second=set(SECOND.values()),
    )
    return text, 400 if seen.faults else 200


def _row_json(row: RosterRow) -> Json:
    return [row.number, row.name, row.delegation, row.seat]


def _item_json(item: Item) -> Json:
    return [item.id, item.title, dict(item.more)]


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"import-{purpose}")


def _seal(
    purpose: str, reading: Reading[T], standing: list[T], as_json: Callable[[T], Json]
) -> str:
    """The values and what stood, for the form; '' where there is nothing to commit."""
    if reading.table.faults:
        return ""
    values = [as_json(value) for value in reading.values]
    sealed: str = _signer(purpose).dumps([values, _digest(standing, as_json)])
    return sealed


def _open(purpose: str) -> tuple[list[list[Json]], str]:
    """What a preview's form carried; it was made by `_seal`, or is refused."""
    try:
        values, standing = _signer(purpose).loads(request.form.get("sealed", ""))
    except BadData as error:
        raise Malformed("bad_preview", "预览已失效，请重新选择文件导入。") from error
    return values, standing


def _check_standing(digest: str, standing: list[T], as_json: Callable[[T], Json]) -> None:
    if _digest(standing, as_json) != digest:
        raise Refused(
            "changed_meanwhile", "预览以后内容已有改动，没有导入。请重新选择文件，再看一次预览。"
        )


def _digest(standing: list[T], as_json: Callable[[T], Json]) -> str:
    return b64(sha256(jcs([as_json(value) for value in standing])))
