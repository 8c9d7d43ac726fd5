"""Making an issuer, and introducing an issuer of another machine to a box and the box to it.

The two owners hand each other one file by hand: `public.json` goes from the issuer to the box,
`box.crt` from the box to the issuer. Each then knows the other for good.

    public.json  {"certificate": PEM, "id": "second", "key": b64 of 32 bytes, "name": "…"}
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.config import write_durably, write_secret
from voting.core import signing
from voting.core.encoding import b64, fields, is_id, jcs, parse_jcs, unb64
from voting.core.errors import Malformed
from voting.core.poll import Issuer, check_signers
from voting.issuer import tls

KEY = "issuer.key"
IDENTITY = "identity.json"  # beside the issuer's key: what the definition says of it
PUBLIC = "public.json"
ADDRESS = "address.json"


def make_issuer(folder: Path, id_: str, name: str) -> Issuer:
    """A new issuer's key, and the identity that definitions quote."""
    _check_id(id_)
    key = Ed25519PrivateKey.generate()
    write_secret(folder / KEY, key.private_bytes_raw())
    issuer = Issuer(id_, name, signing.ed25519_public(key))
    _write_identity(folder, issuer)
    return issuer


def is_made(folder: Path) -> bool:
    """Whether an issuer stands in that folder; a server whose issuer stands apart has none."""
    return (folder / IDENTITY).exists()


def read_identity(folder: Path) -> Issuer:
    """The public identity that stands in an issuer's folder, or in the box's for it."""
    value = parse_jcs((folder / IDENTITY).read_bytes())
    id_, key, name = fields(value, {"id": str, "key": str, "name": str})
    return Issuer(id_, name, unb64(key, 32))


def make_alone(folder: Path, id_: str, name: str) -> Path:
    """An issuer that stands alone; returns the file for the box's owner."""
    folder.mkdir(mode=0o700, parents=True)
    issuer = make_issuer(folder, id_, name)
    certificate = tls.make_certificate(folder, id_)
    public = {**_identity(issuer), "certificate": certificate}
    write_durably(folder / PUBLIC, jcs(public))
    return folder / PUBLIC


def introduce(folder: Path, public: bytes, address: tuple[str, int]) -> Path:
    """The box's side: know the issuer of `public` from now on, in a folder under `folder`.

    Returns the certificate to carry to the issuer's machine.
    """
    shape = {"certificate": str, "id": str, "key": str, "name": str}
    certificate, id_, key, name = fields(parse_jcs(public), shape)
    _check_id(id_)
    issuer = Issuer(id_, name, unb64(key, 32))
    check_signers([issuer.key])
    own: Path = folder / id_
    own.mkdir(mode=0o700, parents=True)
    _write_identity(own, issuer)
    write_durably(own / tls.PEER, certificate.encode())
    write_durably(own / ADDRESS, jcs({"host": address[0], "port": address[1]}))
    tls.make_certificate(own, "box")
    return own / tls.OWN


def read_address(folder: Path) -> tuple[str, int]:
    """Where the issuer of that folder listens."""
    host, port = fields(parse_jcs((folder / ADDRESS).read_bytes()), {"host": str, "port": int})
    return host, port


def trust(folder: Path, certificate: bytes) -> None:
    """The issuer's side: answer the box of this certificate from now on, and nobody else."""
    write_durably(folder / tls.PEER, certificate)


def _identity(issuer: Issuer) -> dict[str, str]:
    return {"id": issuer.id, "key": b64(issuer.key), "name": issuer.name}


def _write_identity(folder: Path, issuer: Issuer) -> None:
    write_durably(folder / IDENTITY, jcs(_identity(issuer)))


def _check_id(id_: str) -> None:
    if not is_id(id_):
        raise Malformed("bad_id", "标识只能用小写字母、数字和连字符，最多64个字符。")
