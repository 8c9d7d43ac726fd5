"""`python -m voting.cli init`: make an instance: its keys, its congress, an administrator."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting import db, schema
from voting.config import Config, NotSetUp, write_secret
from voting.core.errors import Refused
from voting.core.poll import Relay
from voting.core.rehearsal import named
from voting.issuer import setup
from voting.models.office import Person
from voting.operations import certificates as hall
from voting.operations import nginx, relay
from voting.operations.tablets import Offer
from voting.steps import prepare

ISSUERS = 2  # a definition names no more


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    """A refusal ends the command with its message."""
    try:
        yield
    except Refused as refused:
        raise click.ClickException(refused.message) from refused


@click.group()
def main() -> None:
    """Piaojue 票决."""


@main.command()
@click.option("--congress", required=True, help="id: a-z, 0-9 and hyphens")
@click.option("--name", required=True, help="such as 青石县人民代表大会")
@click.option("--session", required=True, help="such as 第十八届")
@click.option("--admin", default="admin", show_default=True, help="the administrator's log-in")
@click.option("--rehearsal", is_flag=True, help="彩排: marked everywhere, for good")
@click.option("--issuer-apart", is_flag=True, help="none here: several web machines ask one")
def init(
    congress: str, name: str, session: str, admin: str, *, rehearsal: bool, issuer_apart: bool
) -> None:
    """Make the instance in PIAOJUE_INSTANCE; prints the administrator's password, once."""
    os.umask(0o077)
    config = Config.from_environment()
    if config.log_key_file.exists():
        raise click.ClickException(f"{config.instance} is set up already; nothing was changed")
    if rehearsal:
        congress, name = named(congress, name)
    make_instance(config, issuer_apart=issuer_apart)
    password = fill_instance(config, (congress, name, session), admin)
    click.echo(f"instance: {config.instance}\n{admin}: {password}")


@main.command("add-issuer")
@click.argument("public", type=click.File("rb"))
@click.argument("address", metavar="HOST:PORT")
def add_issuer(public: BinaryIO, address: str) -> None:
    """Know an issuer of another machine, by its public.json; polls defined from now on need it.

    Prints the certificate to carry there.
    """
    os.umask(0o077)
    host, _, port = address.rpartition(":")
    config = Config.from_environment()
    folder = config.issuers
    if len(list(folder.glob("*/"))) + setup.is_made(config.issuer_folder) >= ISSUERS:
        raise click.ClickException("two issuers are known already; nothing was changed")
    with _telling():
        click.echo(setup.introduce(folder, public.read(), (host.strip("[]"), int(port))))


@main.command()
@click.option("--host", "hosts", multiple=True, required=True, help="a name or address, repeatable")
@click.option(
    "--relay", "asked", type=click.File("rb"), help="the signing request of a relay's owner"
)
def certificates(hosts: tuple[str, ...], asked: BinaryIO | None) -> None:
    """Make the hall's certificate and the authority that tablets trust; prints its fingerprint."""
    os.umask(0o077)
    folder = Config.from_environment().tls
    with _telling():
        granted = hall.write(folder, hosts, asked.read() if asked else None)
    if granted:
        click.echo(f"the relay's, none but its own should stand here: {' '.join(granted)}")
    click.echo(hall.fingerprint(hall.read(folder / hall.AUTHORITY)))


@main.command()
@click.option("--port", default=8080, show_default=True)
def tablets(port: int) -> None:
    """Offer the hall's authority to tablets, without TLS, until Ctrl-C; prints where."""
    config = Config.from_environment()
    if not config.tls.is_dir():
        raise click.ClickException("there are no certificates: see `certificates --help`")
    with Offer(config, port) as offer:
        click.echo(f"print this page here, at the server: http://127.0.0.1:{port}/")
        click.echo(f"open it on every tablet, and compare the fingerprint: {offer.address}")
        with contextlib.suppress(KeyboardInterrupt):
            offer.serve_forever()


@main.command()
@click.argument("medium", type=click.Path(path_type=Path))
@click.option("--keys", is_flag=True, help="what the databases do not hold, once, for an envelope")
def backup(medium: Path, keys: bool) -> None:
    """Copy the instance to a new folder on MEDIUM while the server runs; prints the folder."""
    from voting.operations import backup as copies  # noqa: PLC0415  (the app, as above)

    os.umask(0o077)
    config = Config.from_environment()
    with _telling():
        click.echo((copies.take_keys if keys else copies.take)(config, medium))


@main.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("keys", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--reason", required=True, help="what happened, for the log")
@click.option("--by", required=True, help="who restores and who watches, for the log")
def restore(data: Path, keys: Path, reason: str, by: str) -> None:
    """Go on from a copy in PIAOJUE_INSTANCE, where nothing is yet; the log says so for good."""
    from voting.operations import backup as copies  # noqa: PLC0415

    os.umask(0o077)
    with _telling():
        length = copies.restore(Config.from_environment(), data, keys, reason, by)
    click.echo(f"the copy's log ends with entry {length - 1}; whatever was logged later is lost")


@main.command()
def upgrade() -> None:
    """Bring the database to the version of this program; stop the server and back it up first."""
    from voting.app import create_app  # noqa: PLC0415  (an instance may not be there yet)

    with create_app(Config.from_environment()).app_context():
        schema.upgrade()


@main.command("nginx")
@click.option("--https", default=443, show_default=True, help="the port for TLS")
@click.option("--http", default=80, show_default=True, help="the port that only leads there")
def write_nginx(https: int, http: int) -> None:
    """Write nginx.conf into the instance, for the names of its certificate."""
    config = Config.from_environment()
    try:
        made = nginx.written(config, https, http)
    except NotSetUp as error:
        raise click.ClickException(str(error)) from error
    path = config.instance / "nginx.conf"
    path.write_text(made, "utf-8")
    click.echo(f"PIAOJUE_BIND=unix:{config.web_socket} make run\nnginx -e stderr -c {path}")


@main.command("relay")
@click.argument("name")
@click.argument("origin", metavar="https://HOST[:PORT]")
@click.option("--https", default=443, show_default=True, help="the server's own port for TLS")
def write_relay(name: str, origin: str, https: int) -> None:
    """Name a relay in polls finalised from now on; prints the folder for its owner.

    Start the server again afterwards: it then makes its relay key.
    """
    from voting.app import create_app  # noqa: PLC0415  (the app, as above)

    os.umask(0o077)
    config = Config.from_environment()
    with _telling(), create_app(config).app_context(), db.reading() as session:
        prepare.still(session)
        try:
            folder = relay.write(config, Relay(name, origin), https)
        except NotSetUp as error:
            raise click.ClickException(str(error)) from error
    click.echo(
        f"{folder}\nthere, beside {relay.KEY}: nginx -e stderr -p $PWD -c {relay.CONFIGURATION}"
    )


def make_instance(config: Config, *, issuer_apart: bool = False) -> None:
    """Write the instance's keys; the issuer's identity, unless it stands apart, beside its key."""
    config.instance.mkdir(parents=True, exist_ok=True)
    for folder in (config.instance, config.issuer_folder, config.records):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    write_secret(config.session_secret_file, secrets.token_bytes(32))
    write_secret(config.log_key_file, Ed25519PrivateKey.generate().private_bytes_raw())
    if not issuer_apart:
        setup.make_issuer(config.issuer_folder, "server", "本机发票")


def fill_instance(config: Config, congress: tuple[str, str, str], admin: str) -> str:
    """Make the tables, open the congress (id, name, session), add the administrator."""
    from voting.app import create_app  # noqa: PLC0415  (needs the keys that were just made)
    from voting.web.auth import hash_password  # noqa: PLC0415

    app = create_app(config)
    password = secrets.token_urlsafe(12)
    with app.app_context():
        schema.upgrade()
        with _telling(), db.writing() as opened:
            prepare.open_congress(opened, app.extensions["piaojue"], *congress)
            person = Person(
                login=admin, name="管理员", role="admin", password=hash_password(password)
            )
            opened.add(person)
    return password


if __name__ == "__main__":
    main()
