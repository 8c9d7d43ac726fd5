"""The application, wired: database, log key, issuers, pages. Decisions live elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from voting import commands, db
from voting.config import Config
from voting.issuer.client import IssuerClient, read_identity
from voting.steps.services import Services
from voting.web import (
    accounts,
    audience,
    auditor,
    auth,
    deputies,
    errors,
    hall,
    headers,
    imports,
    language,
    log,
    papers,
    poll,
    presidium,
    public,
    scrutineer,
    secretariat,
    shell,
    tablet,
    witnesses,
)
from voting.web.sessions import OfficialsOnly

MODULES = (
    auth,
    accounts,
    secretariat,
    imports,
    poll,
    deputies,
    presidium,
    scrutineer,
    papers,
    hall,
    auditor,
    public,
    tablet,
    log,
    witnesses,
)
MAX_BODY = 4 * 1024 * 1024  # a roster of 3,000 rows is 200 kB; the API's own limit is far lower


def create_app(config: Config) -> Flask:
    """The server for one instance; `NotSetUp` or `UndeclaredRoute` where it must not start."""
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        SECRET_KEY=config.read_secret(config.session_secret_file),
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{config.database}",
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},  # errors are logged without values
        RECORDS=config.records,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,  # an import's form carries all its rows
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["piaojue"] = services(config)
    language.install(app, config.translations)
    _install(app)
    with app.app_context():
        db.prepare(db.db.engine)
    return app


def services(config: Config) -> Services:
    """The log key and the issuers of an instance."""
    log_key = Ed25519PrivateKey.from_private_bytes(config.read_secret(config.log_key_file))
    embedded = IssuerClient(config.issuer_socket, read_identity(config.issuer_folder))
    return Services(log_key, (embedded,), lambda: datetime.now(UTC), config.window_seconds)


def _install(app: Flask) -> None:
    app.session_interface = OfficialsOnly()
    db.db.init_app(app)
    csrf = CSRFProtect(app)
    LoginManager(app).user_loader(auth.load_person)
    for module in MODULES:
        app.register_blueprint(module.pages)
    csrf.exempt(tablet.pages)
    csrf.exempt(log.pages)
    app.cli.add_command(commands.imports)
    errors.install(app)
    headers.install(app)
    shell.install(app)
    audience.enforce(app)
