"""Imports at the pages and from a terminal: a preview first, then everything or nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.web.conftest import Browser
from voting import db
from voting.models.office import Deputy, Project
from voting.sheets import blanks, roster

ROSTER = "代表证号,姓名,代表团,座位\n1,王玉兰,城关团,1排\n2,李建国,东河团,\n"
PROJECTS = "序号,项目,总投资（亿元）\n1,修路,1.2\n2,修桥,3820万元\n"
PATH = "/office/roster"


@pytest.fixture
def secretary(browser: Callable[[str], Browser]) -> Browser:
    return browser("secretariat")


def see(secretary: Browser, text: str, path: str = PATH) -> TestResponse:
    file = (io.BytesIO(text.encode()), "表.csv")
    return secretary.send(path, path, file=file)


def names(app: Flask) -> list[str]:
    with app.app_context(), db.reading() as session:
        return list(session.scalars(select(Deputy.name).order_by(Deputy.place)))


def draft(secretary: Browser) -> None:
    meeting = {"id": "meeting-3", "title": "第三次会议", "date": "2026-11-22"}
    secretary.send("/office", "/office/meeting", **meeting)
    poll = {"title": "民生实事项目票决", "form": "choose", "seats": "1"}
    secretary.send("/office/polls/new", "/office/polls", **poll)


# At the pages


def test_a_preview_changes_nothing_and_its_commit_everything(
    app: Flask, secretary: Browser
) -> None:
    seen = see(secretary, ROSTER)
    assert (seen.status_code, names(app)) == (200, [])
    assert secretary.confirm(seen, f"{PATH}/commit").status_code == 302
    assert names(app) == ["王玉兰", "李建国"]


def test_what_changes_is_marked_by_a_word(secretary: Browser) -> None:
    secretary.confirm(see(secretary, ROSTER), f"{PATH}/commit")
    text = see(secretary, ROSTER.replace("1排", "9排").replace("2,李建国", "3,赵一")).text
    assert '<span class="mark changed">改</span> 9排<span class="was">原为：1排</span>' in text
    assert '<span class="mark new">新增</span>' in text
    assert "将移除 1 行：2 李建国" in text


def test_a_preview_of_a_faulty_file_has_nothing_to_commit(secretary: Browser) -> None:
    seen = see(secretary, ROSTER + "2,赵一,,\n")
    assert seen.status_code == 400
    assert "与第 3 行重复" in seen.text
    assert "/commit" not in seen.text


def test_a_preview_is_refused_once_the_roster_changed(app: Flask, secretary: Browser) -> None:
    stale = see(secretary, ROSTER)
    secretary.confirm(see(secretary, ROSTER.replace("王玉兰", "赵一")), f"{PATH}/commit")
    answer = secretary.confirm(stale, f"{PATH}/commit")
    assert (answer.status_code, "改动" in answer.text) == (409, True)
    assert names(app) == ["赵一", "李建国"]


def test_only_what_was_previewed_is_committed(app: Flask, secretary: Browser) -> None:
    draft(secretary)
    seen = see(secretary, ROSTER)
    other = "/office/polls/1/projects/commit"
    for action, changed in ((f"{PATH}/commit", {"sealed": "W10.x"}), (other, {})):
        assert secretary.confirm(seen, action, **changed).status_code == 400
    assert names(app) == []


def test_projects_go_the_same_way(app: Flask, secretary: Browser) -> None:
    draft(secretary)
    path = "/office/polls/1/projects"
    assert secretary.confirm(see(secretary, PROJECTS, path), f"{path}/commit").status_code == 302
    with app.app_context(), db.reading() as session:
        amounts = [project.details["amount_yuan"] for project in session.scalars(select(Project))]
    assert amounts == [120_000_000, 38_200_000]
    assert see(secretary, PROJECTS, path).text.count('<span class="mark same">') == 2


def test_the_longest_roster_passes_through_the_form(app: Flask, secretary: Browser) -> None:
    rows = "".join(f"{n:05},王玉兰{n},城关镇{n}代表团,{n}排{n}座\n" for n in range(5_000))
    seen = see(secretary, "代表证号,姓名,代表团,座位\n" + rows)
    assert secretary.confirm(seen, f"{PATH}/commit").status_code == 302
    assert len(names(app)) == roster.MAX_DEPUTIES


@pytest.mark.parametrize("name", blanks.FILES)
def test_templates_are_downloaded(secretary: Browser, name: str) -> None:
    answer = secretary.get(f"/office/templates/{name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert secretary.get("/office/templates/x.csv").status_code == 404


# From a terminal


def run(app: Flask, tmp_path: Path, text: str, *args: str) -> tuple[int, str, str]:
    file = tmp_path / "表.csv"
    file.write_text(text)
    result = app.test_cli_runner().invoke(args=["import", args[0], str(file), *args[1:]])
    return result.exit_code, result.stdout, result.stderr


def test_a_dry_run_prints_the_preview_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    code, out, _ = run(app, tmp_path, ROSTER, "roster", "--dry-run")
    assert (code, json.loads(out)["counts"]["new"], names(app)) == (0, 2, [])
    assert run(app, tmp_path, ROSTER, "roster") == (0, "已导入 2 位代表。\n", "")
    assert names(app) == ["王玉兰", "李建国"]
    assert json.loads(run(app, tmp_path, ROSTER, "roster", "--dry-run")[1])["counts"]["same"] == 2


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_every_fault_is_listed_and_nothing_is_imported(
    app: Flask, tmp_path: Path, options: tuple[str, ...]
) -> None:
    code, out, err = run(app, tmp_path, ROSTER + "2,,,\n", "roster", *options)
    assert (code, bool(out)) == (1, bool(options))
    assert err.splitlines() == [
        "表.csv 第 4 行 姓名：没有填写姓名。",
        "表.csv 第 4 行 代表证号：代表证号「2」与第 3 行重复。",
    ]
    assert names(app) == []


def test_candidates_go_to_the_only_draft_or_the_one_that_is_named(
    app: Flask, secretary: Browser, tmp_path: Path
) -> None:
    code, _, err = run(app, tmp_path, PROJECTS, "candidates")
    assert (code, "--poll" in err) == (1, True), err
    draft(secretary)
    assert run(app, tmp_path, PROJECTS, "candidates")[0] == 0
    draft(secretary)
    assert run(app, tmp_path, PROJECTS, "candidates")[0] == 1
    assert run(app, tmp_path, PROJECTS, "candidates", "--poll", "2")[0] == 0
    assert run(app, tmp_path, PROJECTS, "candidates", "--poll", "9")[0] == 1
