"""`flask import roster FILE`, `… candidates FILE` and `… cards FILE`, as the pages do it.

With `--dry-run` the preview is printed as JSON and nothing is changed. Where anything is wrong in
the file, every fault is listed on stderr and the exit status is 1.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from voting import db
from voting.core import second as scripts
from voting.core.cardfile import CardFile
from voting.core.errors import Refused
from voting.core.phases import Phase
from voting.models.office import Poll
from voting.sheets import preview, projects, roster
from voting.sheets.preview import Preview
from voting.steps import cards, polls, prepare

imports = AppGroup("import", help="Import a roster or candidate projects from .xlsx or CSV.")

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_DRY_RUN = click.option("--dry-run", is_flag=True, help="print the preview as JSON, change nothing")


@imports.command("roster")
@_FILE
@_DRY_RUN
def import_roster(file: Path, dry_run: bool) -> None:
    """Put the roster of FILE in place of the former one."""
    reading = roster.read(file.name, file.read_bytes())
    try:
        with db.writing() as session:
            prepare.still(session)
            standing = prepare.roster_rows(session)
            _look(preview.compare(reading, standing, roster.texts), dry_run)
            if not dry_run:
                prepare.import_roster(session, reading.accepted())
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    _done(dry_run, f"已导入 {len(reading.values)} 位代表。")


@imports.command("candidates")
@_FILE
@click.option("--poll", "poll_id", type=int, help="the draft's number; the only draft if left out")
@click.option(
    "--second",
    type=click.Choice(list(scripts.LANGUAGES)),
    help="the second script's language, where the headings do not say it",
)
@_DRY_RUN
def import_candidates(file: Path, poll_id: int | None, second: str | None, dry_run: bool) -> None:
    """Put the candidate projects of FILE in place of a draft's former ones."""
    reading = projects.read(file.name, file.read_bytes(), second or "")
    try:
        with db.writing() as session:
            poll = _draft(session) if poll_id is None else polls.by_id(session, poll_id)
            prepare.check_draft(poll)
            standing = prepare.items_of(session, poll)
            _look(preview.compare(reading, standing, projects.texts), dry_run)
            if not dry_run:
                prepare.import_projects(session, poll, reading.accepted())
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    _done(dry_run, f"已导入 {len(reading.values)} 个候选项目。")


@imports.command("cards")
@_FILE
@_DRY_RUN
def import_cards(file: Path, dry_run: bool) -> None:
    """Take the public keys of cards that were made offline (python -m voting.cards)."""
    try:
        made = CardFile.parse(file.read_bytes())
        with db.writing() as session:
            seen = cards.compare(session, made)
            if dry_run:
                click.echo(json.dumps(asdict(seen), ensure_ascii=False, indent=2))
            for fault in seen.faults:
                click.echo(fault, err=True)
            if seen.faults:
                sys.exit(1)
            if not dry_run:
                cards.take(session, made)
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    _done(dry_run, f"已导入 {len(made.lines)} 枚代表证的公钥，指纹 {made.fingerprint}。")


def _draft(session: Session) -> Poll:
    drafts = list(session.scalars(select(Poll).where(Poll.phase == Phase.DRAFT)))
    if len(drafts) != 1:
        raise Refused(
            "which_poll", "现有 %(count)s 个草稿，请用 --poll 指明表决的编号。", count=len(drafts)
        )
    return drafts[0]


def _look(seen: Preview, dry_run: bool) -> None:
    """Print the preview where only that is asked for; stop where anything is wrong."""
    if dry_run:
        shown = {"counts": seen.counts} | asdict(seen)
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    for fault in seen.faults:
        click.echo(fault.told(), err=True)
    if seen.faults:
        sys.exit(1)


def _done(dry_run: bool, message: str) -> None:
    if not dry_run:
        click.echo(message)
