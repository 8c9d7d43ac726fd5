"""What a cast costs part by part, in processor time: where the distance to its limit comes from."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.bench.hall import Hall, take
from tests.bench.limits import cpu, ecdsa_load_verify, ed25519_sign, sqlite_commits
from tests.bench.load import Request
from tests.bench.servers import Smallest, smallest
from tests.bench.smallest import app as smallest_app
from tests.bench.table import Row
from tests.bench.whole import WINDOW, opened
from voting.app import create_app
from voting.client.host import Host, free_port
from voting.client.rehearsal import some_marks
from voting.config import Config
from voting.core.encoding import jcs, parse_json

PIECE, ROUNDS = 100, 5


def rows() -> Iterator[Row]:
    """Rows of one cast; each is the median of rounds that were taken in turn."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        host = Host(folder / "instance", free_port(), WINDOW)
        with opened(host, folder, 2 * PIECE * ROUNDS) as voting, smallest(folder) as limit:
            yield from _parts(voting, limit)


def _parts(voting: Hall, limit: Smallest) -> Iterator[Row]:
    voting.until_open()
    ballots = [take(tablet, "cast", some_marks(13, 10)) for tablet in voting.tablets]
    pieces = [ballots[i : i + PIECE] for i in range(0, len(ballots), PIECE)]
    served = [_served(voting, limit, piece) for piece in pieces[:ROUNDS]]
    voting.world.host.stop()  # the rest is cast in this process: no server software, no neighbour
    app = create_app(Config(voting.world.host.instance))
    alone = [_alone(app, "/api/cast", piece) for piece in pieces[ROUNDS:]]
    empty = [_alone(smallest_app, "/", [Request("/", bytes(1500))] * PIECE) for _ in served]
    bodies = [ballot.body for ballot in ballots[:PIECE]]

    def middle(name: str, values: Sequence[float], note: str = "") -> Row:
        spread = (max(values) - min(values)) / statistics.median(values)
        return Row(name, statistics.median(values) * 1e6, "µs", spread=spread, note=note)

    yield middle("a cast, served", [ours for ours, _ in served], "all of the server's processes")
    yield middle("the smallest app, served", [other for _, other in served])
    yield middle("a cast in one process", alone, "by its WSGI interface, nobody else writing")
    yield middle("the smallest app in one process", empty)
    for name, part, note in (
        ("ballot's key loaded, signature verified", ecdsa_load_verify, ""),
        ("receipt signed", ed25519_sign, ""),
        ("one row made durable", sqlite_commits, "a cast writes five pages: table and indexes"),
        ("body read strictly, written once", _json(bodies), ""),
    ):
        yield middle(name, [cpu(part, 10 * PIECE) for _ in range(ROUNDS)], note)


def _served(voting: Hall, limit: Smallest, ballots: list[Request]) -> tuple[float, float]:
    """CPU seconds of a cast, and of a request to the smallest app next to it."""
    before = voting.door.spent()
    answers = voting.door.fire(ballots).answers
    assert all(answer.status == 200 for answer in answers)
    ours = (voting.door.spent() - before) / len(ballots)
    limit.rate(len(ballots))
    return ours, limit.costs[-1]


def _alone(app: Callable[..., object], path: str, requests: list[Request]) -> float:
    """CPU seconds of a request in this process."""
    made = [
        EnvironBuilder(path=path, method="POST", data=r.body, content_type="application/json")
        for r in requests
    ]
    environs = [each.get_environ() for each in made]

    before = time.process_time()
    for environ in environs:
        body, status, _ = run_wsgi_app(app, environ)  # type: ignore[arg-type]
        assert b"".join(body)
        assert status.startswith("200"), status
    return (time.process_time() - before) / len(environs)


def _json(bodies: list[bytes]) -> Callable[[int], None]:
    def go(count: int) -> None:
        for body in islice(cycle(bodies), count):
            jcs(parse_json(body))

    return go
