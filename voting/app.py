"""The application, wired: database, log key, issuers, pages. Decisions live elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from voting import commands, db, schema
from voting.config import Config
from voting.issuer import client, setup
from voting.issuer.client import IssuerClient
from voting.operations import relay
from voting.steps.services import Services
from voting.web import (
    accounts,
    again,
    audience,
    auditor,
    auth,
    checklist,
    deputies,
    errors,
    hall,
    handout,
    headers,
    health,
    imports,
    keys,
    language,
    log,
    paper,
    papers,
    plans,
    poll,
    presidium,
    printing,
    projects,
    public,
    rehearsal,
    scrutineer,
    secretariat,
    shell,
    specimen,
    status,
    tablet,
    trouble,
    witnesses,
)
from voting.web.sessions import LONGEST, OfficialsOnly

MODULES = (
    auth,
    accounts,
    secretariat,
    plans,
    projects,
    printing,
    keys,
    imports,
    specimen,
    checklist,
    poll,
    deputies,
    trouble,
    presidium,
    scrutineer,
    paper,
    papers,
    again,
    hall,
    auditor,
    public,
    health,
    handout,
    tablet,
    log,
    witnesses,
)
MAX_BODY = 4 * 1024 * 1024  # a roster of 3,000 rows is 200 kB; the API's own limit is far lower


def create_app(config: Config) -> Flask:
    """The server for one instance; where it must not start `NotSetUp`, or what else is wrong."""
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        SECRET_KEY=config.read_secret(config.session_secret_file),
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True,  # errors are logged without values
            "pool_use_lifo": True,  # the connection used last has most in its memory
        },
        INSTANCE=config.instance,
        RECORDS=config.records,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,  # an import's form carries all its rows
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=LONGEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy never sends
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["piaojue"] = services(config)
    language.install(app, config.translations)
    _install(app)
    return app


def services(config: Config) -> Services:
    """The log key, the issuers and the relay of an instance."""
    log_key = Ed25519PrivateKey.from_private_bytes(config.read_secret(config.log_key_file))
    issuers = tuple(_issuers(config))
    named = partial(relay.named, config)
    clock = partial(datetime.now, UTC)
    return Services(log_key, issuers, clock, config.window_seconds, named(), named)


def _issuers(config: Config) -> Iterator[IssuerClient]:
    """The embedded one, where there is one, then those of other machines."""
    if setup.is_made(config.issuer_folder):
        beside = client.embedded(config.issuer_socket)
        yield IssuerClient(beside, setup.read_identity(config.issuer_folder))
    for folder in sorted(config.issuers.glob("*/")):
        away = client.remote(*setup.read_address(folder), folder)
        yield IssuerClient(away, setup.read_identity(folder))


def _install(app: Flask) -> None:
    app.session_interface = OfficialsOnly()
    db.db.init_app(app)
    with app.app_context():
        db.prepare(db.db.engine)
    schema.install(app)
    csrf = CSRFProtect(app)
    auth.install(app)
    LoginManager(app).user_loader(auth.load_person)
    for pages in dict.fromkeys(module.pages for module in MODULES):  # several may share one
        app.register_blueprint(pages)
    csrf.exempt(tablet.pages)
    csrf.exempt(log.pages)
    app.cli.add_command(commands.imports)
    errors.install(app)
    headers.install(app)
    rehearsal.install(app)
    shell.install(app)
    status.install(app)
    audience.enforce(app)
