"""All pages and papers of a rehearsal are marked: every template knows `rehearsal`."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect, select

from voting import db
from voting.core import rehearsal
from voting.models.office import Congress


def install(app: Flask) -> None:
    """Look once: a congress never becomes another."""
    with app.app_context():
        app.jinja_env.globals["rehearsal"] = _is_one()


def _is_one() -> bool:
    if not inspect(db.db.engine).has_table(Congress.__tablename__):
        return False  # the instance is being made
    with db.reading() as session:
        return any(rehearsal.is_one(congress) for congress in session.scalars(select(Congress.id)))
