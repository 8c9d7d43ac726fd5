"""gunicorn's settings and hooks: `gunicorn -c python:voting.server wsgi:app`.

The issuer is a child of gunicorn's master: started before the workers, started again when it
dies (its key is lost then, and the officials open the next epoch), and killed by the kernel when
the master ends in whatever way.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from flask import Flask

from voting import db, schema
from voting.config import Config, NotSetUp
from voting.issuer import hardening, setup
from voting.steps import officials, relay

_config = Config.from_environment()
bind = _config.bind
try:
    certfile, keyfile = _config.server_certificate()
except NotSetUp as error:
    sys.exit(f"not started: {error}")
workers = 2
worker_class = "gthread"
threads = 8
backlog = 2048
keepalive = 75
timeout = 60
graceful_timeout = 5  # requests take milliseconds; idle connections are not waited for
accesslog = None  # an access log would tell who sent what, and when
loglevel = "error"  # a warning of a malformed request quotes its sender and its bytes
control_socket_disable = True
limit_request_field_size = 4096
forwarded_allow_ips = ""  # nobody's headers are believed on a TCP port ...
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # ... and one of nginx's on the Unix socket
forwarder_headers = ""
umask = 0o077  # also of that socket


class IssuerProcess:
    """The embedded issuer as a child of this process."""

    def __init__(self, config: Config) -> None:
        """Start it."""
        command = [sys.executable, "-m", "voting.issuer", "serve", str(config.issuer_folder)]
        self._command = [*command, "--parent", str(os.getpid())]
        self._ended = False
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(self._command)

    def bring_back(self) -> None:
        """Start it again if it has ended, once a second at most: an alarm asks again then."""
        if self._ended or self._process.poll() is None:
            return
        wait = self._started + 1.0 - time.monotonic()
        if wait > 0:
            signal.setitimer(signal.ITIMER_REAL, wait)
        else:
            self._start()

    def end(self) -> None:
        """End it for good: its own SIGCHLD must not bring it back."""
        self._ended = True
        self._process.kill()
        self._process.wait()


_issuer: list[IssuerProcess] = []


def on_starting(_server: Any) -> None:
    """Keep from others what this process will hold and write."""
    os.umask(0o077)
    hardening.forbid_dumps()  # the workers are forked from here, and hold the log key


def when_ready(server: Any) -> None:
    """Prepare what the workers share, the app too: all is bound, and none is forked yet.

    A start whose address is taken has touched nothing, and told the log no key. A worker that takes
    a dead one's place is there at once, with no app to make.
    """
    try:
        _prepare_database(server.app.wsgi())
    except NotSetUp as error:
        sys.exit(f"not started: {error}")
    if setup.is_made(_config.issuer_folder):
        _start_issuer()
    # The garbage collector passes over what stays as long as the workers do: it would look through
    # all of it every few hundred requests, a tenth of their time.
    gc.collect()
    gc.freeze()


def _prepare_database(app: Flask) -> None:
    """Sweep what an interrupted step left, and tell the relay key; no connection is kept."""
    with app.app_context():
        schema.check()
        db.sweep()
        with db.writing() as session:
            relay.tell(session, app.extensions["piaojue"])
        db.db.engine.dispose()


def _start_issuer() -> None:
    """Let SIGCHLD bring it back, too, before gunicorn looks for its workers."""
    issuer = IssuerProcess(_config)
    _issuer.append(issuer)
    gunicorns = signal.getsignal(signal.SIGCHLD)

    def child_ended(number: int, frame: FrameType | None) -> None:
        issuer.bring_back()
        if callable(gunicorns):
            gunicorns(number, frame)

    signal.signal(signal.SIGCHLD, child_ended)
    signal.signal(signal.SIGALRM, lambda _number, _frame: issuer.bring_back())


def post_worker_init(worker: Any) -> None:
    """Take up the sweep that a worker who died may have owed."""
    with worker.wsgi.app_context():
        officials.sweep_at_rest()


def on_exit(_server: Any) -> None:
    """End the issuer with the server; its keys go with it."""
    for issuer in _issuer:
        issuer.end()
