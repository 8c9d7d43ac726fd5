"""nginx's configuration for one instance: what differs from hall to hall filled into the template.

The names under which the server answers are those of its certificate, and no others.
"""

from __future__ import annotations

import grp
import pwd
from pathlib import Path
from string import Template

from voting.config import Config, NotSetUp
from voting.core.encoding import sha256
from voting.operations import certificates

_TEMPLATE = Path(__file__).with_name("nginx.conf")


def written(config: Config, https: int, http: int) -> str:
    """The configuration; `NotSetUp` where there is no certificate."""
    certificate = config.tls / certificates.CERTIFICATE
    if not certificate.is_file():
        raise NotSetUp("there is no certificate: run `python -m voting.cli certificates --host …`")
    hosts = certificates.hosts_of(certificates.read(certificate))
    owner = config.instance.stat()
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        instance=config.instance,
        socket=config.web_socket,
        memory=memory(config.instance),
        user=pwd.getpwuid(owner.st_uid).pw_name,
        group=grp.getgrgid(owner.st_gid).gr_name,
        names=" ".join(map(written_name, hosts)),
        https=https,
        http=http,
        suffix="" if https == 443 else f":{https}",
    )


def memory(instance: Path) -> str:
    """Where bodies and answers go that are too long for a buffer: Linux keeps this in memory."""
    return f"/dev/shm/piaojue-{sha256(bytes(instance)).hex()[:12]}"


def written_name(host: str) -> str:
    """A host as addresses of pages have it."""
    return f"[{host}]" if ":" in host else host
