"""A copy of a running instance that tells no more than the instance itself, and its way back.

    MEDIUM/qingshi-18-000123/piaojue.db, journal.db    the congress when its log had 123 entries
    MEDIUM/qingshi-18-keys/log.key, issuer/…, tls/…    once, on a medium of its own, in an envelope

Databases are written anew in key order (`VACUUM INTO`): a copy of their pages would keep the order
of arrival. Two copies made while ballots are registered or cast would tell which came between them,
so none is made then. Whoever restores a copy says so in the log, for good (docs/decisions).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from voting import db, schema
from voting.app import create_app
from voting.config import Config, sync
from voting.core import checkpoint, merkle, signing
from voting.core.errors import Refused
from voting.core.events import Restored
from voting.core.phases import Phase
from voting.models.office import Poll
from voting.steps import log, polls

DATABASE, JOURNAL = "piaojue.db", "journal.db"
_RUNNING = shutil.ignore_patterns("journal.db*", "socket")
KEYS = ("log.key", "session.key", "issuer", "issuers", "tls", "relay")
_ARRIVING = (Phase.REGISTERING, Phase.OPEN)


def take(config: Config, medium: Path) -> Path:
    """Copy the databases to a new folder on the medium, while the server runs; checked there."""
    _check_file(config)
    with create_app(config).app_context(), db.turn():  # nobody writes meanwhile
        with db.reading() as session:
            _check_moment(session)
            name = f"{polls.the_congress(session).id}-{log.length(session):06d}"
        with _new_folder(medium / name) as folder:
            copy(config.database, folder / DATABASE)
            journal = config.issuer_folder / JOURNAL
            if journal.exists():  # an issuer apart keeps its own
                copy(journal, folder / JOURNAL)  # later: it may know more, not less
            check(folder / DATABASE)
    return medium / name


def _check_file(config: Config) -> None:
    if config.postgres:
        raise Refused(
            "elsewhere",
            "数据库在 PostgreSQL 上，不在这里：用 pg_dump 备份，见 docs/postgresql.md。",
        )


def _check_moment(session: Session) -> None:
    if session.scalars(select(Poll.id).where(Poll.phase.in_(_ARRIVING)).limit(1)).first():
        raise Refused(
            "arriving", "正在登记或投票，现在的备份会泄露先后：请在冻结票册或停止表决以后再做。"
        )


def take_keys(config: Config, medium: Path) -> Path:
    """Copy what the databases do not hold: keys and certificates, for an envelope."""
    with create_app(config).app_context(), db.reading() as session:
        name = f"{polls.the_congress(session).id}-keys"
    with _new_folder(medium / name) as folder:
        _copy_keys(config.instance, folder)
    return medium / name


def _copy_keys(instance: Path, folder: Path) -> None:
    """All of it but what runs in the issuer's folder, its journal and its socket."""
    for name in KEYS:
        source, copied = instance / name, folder / name
        if source.is_dir():
            shutil.copytree(source, copied, ignore=_RUNNING, dirs_exist_ok=True)
        elif source.exists():
            shutil.copyfile(source, copied)
        for path in (copied, *copied.rglob("*")) if copied.exists() else ():
            path.chmod(0o700 if path.is_dir() else 0o600)  # whatever a medium made of it
            sync(path)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """A folder that has its name once it is whole: half of a copy must not pass for one."""
    if path.exists():
        raise Refused("backup_exists", "介质上已经有这一份：%(name)s。", name=path.name)
    half = path.with_name(f"{path.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)
    yield half
    half.rename(path)
    sync(path.parent)


def copy(database: Path, to: Path) -> None:
    """Write a database anew, table by table in the order of the keys, as of one moment."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        connection.execute("VACUUM INTO ?", (str(to),))
    finally:
        connection.close()
    sync(to)
    sync(to.parent)


def check(database: Path) -> bytes:
    """That a copy is whole and its log is what its own key signed; returns that key, 32 bytes."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Refused("damaged", "这份备份已经损坏，请用另一份。")
        ((congress, key),) = connection.execute("SELECT id, log_key FROM congress").fetchall()
        entries = connection.execute("SELECT entry FROM log_entry ORDER BY seq").fetchall()
        last = connection.execute("SELECT note FROM log_checkpoint ORDER BY size DESC").fetchone()
    finally:
        connection.close()
    leaves = [merkle.leaf_hash(entry) for (entry,) in entries]
    if last:
        head = checkpoint.open_note(last[0], checkpoint.origin(congress), key)
        if merkle.root_of_hashes(leaves[: head.size]) != head.root:
            raise Refused("damaged", "这份备份已经损坏，请用另一份。")
    return bytes(key)


def restore(config: Config, data: Path, keys: Path, reason: str, by: str) -> int:
    """Make the instance of a copy and its keys, and log that; returns how long the copy's log was.

    All is looked at before anything is written.
    """
    _check_file(config)
    if config.log_key_file.exists() or config.database.exists():
        raise Refused("instance_exists", "这里已经有一个实例，什么也没有改动。")
    log_key = Ed25519PrivateKey.from_private_bytes((keys / "log.key").read_bytes())
    if check(data / DATABASE) != signing.ed25519_public(log_key):
        raise Refused("other_keys", "这份备份和这些密钥不是同一届的。")
    config.instance.mkdir(parents=True, exist_ok=True)
    config.instance.chmod(0o700)
    config.records.mkdir(exist_ok=True)
    _copy_keys(keys, config.instance)
    copied = [(DATABASE, config.database), (JOURNAL, config.issuer_folder / JOURNAL)]
    for name, to in copied:
        if (data / name).exists():
            shutil.copyfile(data / name, to)
            sync(to)
    app = create_app(config)
    with app.app_context():
        schema.upgrade()
        with db.writing() as session:
            services = app.extensions["piaojue"]
            length = log.append(session, services, Restored(reason=reason, by=by))
        db.db.engine.dispose()
    return length
