"""The relay of a second party: nginx with a configuration of ours, in a folder to hand over.

    INSTANCE/relay/relay.json           whom definitions name from now on
                   relay.conf           what nginx does there
                   ca.crt, relay.crt    whom it believes, and who believes it

Its private key never comes here: its owner makes it, and hands in a request (`certificates`).
"""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from voting.config import Config, NotSetUp, write_durably
from voting.core.encoding import fields, jcs, parse_jcs
from voting.core.poll import Relay
from voting.operations import certificates
from voting.operations.nginx import memory, written_name

NAMED, CONFIGURATION, KEY = "relay.json", "relay.conf", "relay.key"
_TEMPLATE = Path(__file__).with_name(CONFIGURATION)


def named(config: Config) -> Relay | None:
    """The relay that new definitions name; `NotSetUp` where it cannot be served."""
    path = config.relay / NAMED
    if not path.is_file():
        return None
    _check_alone(config)
    return Relay(*fields(parse_jcs(path.read_bytes()), {"name": str, "origin": str}))


def write(config: Config, relay: Relay, https: int) -> Path:
    """Name the relay, and write the folder for its owner; `https` is the server's own port."""
    _check_alone(config)
    made = written(config, relay, https)
    folder = config.relay
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in (certificates.AUTHORITY, certificates.RELAY):
        if (config.tls / name).is_file():
            shutil.copyfile(config.tls / name, folder / name)
    (folder / CONFIGURATION).write_text(made, "utf-8")
    write_durably(folder / NAMED, jcs({"name": relay.name, "origin": relay.origin}))
    return folder


def _check_alone(config: Config) -> None:
    if config.postgres:
        raise NotSetUp("no relay with PostgreSQL: each web machine would have a key of its own")


def written(config: Config, relay: Relay, https: int) -> str:
    """The relay's configuration; `NotSetUp` where it could not check the server's certificate."""
    certificate = config.tls / certificates.CERTIFICATE
    if not certificate.is_file():
        raise NotSetUp("there is no certificate: run `python -m voting.cli certificates --host …`")
    hosts = certificates.hosts_of(certificates.read(certificate))
    if (urlsplit(relay.origin).hostname or "") in hosts:
        raise NotSetUp("a relay at the server's own address hides nothing from the server")
    suffix = "" if https == 443 else f":{https}"
    pages = [f"https://{written_name(host)}{suffix}" for host in hosts]
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        memory=memory(config.relay),
        server=f"{written_name(hosts[0])}:{https}",
        host=f"{written_name(hosts[0])}{suffix}",
        name=_name(hosts),
        pages="\n".join(f'        "{page}" $http_origin;' for page in pages),
        port=urlsplit(relay.origin).port or 443,
    )


def _name(hosts: Sequence[str]) -> str:
    """nginx checks a server's certificate by a name, never by an address."""
    for host in hosts:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host
    raise NotSetUp("the server's certificate needs a name beside addresses: `--host piaojue.hall`")
