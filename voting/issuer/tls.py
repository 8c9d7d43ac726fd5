"""How a box and an issuer on another machine know each other: TLS 1.3, each end pinned.

Each side makes one self-signed certificate and takes exactly the other's: no authority is asked,
so none can be fooled. A folder holds the own `tls.crt` and `tls.key`, and the other's `peer.crt`.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from voting.config import write_durably, write_secret

OWN, KEY, PEER = "tls.crt", "tls.key", "peer.crt"
_LIFE = timedelta(days=3650)  # a pinned certificate ends when it is taken out of the folder


def make_certificate(folder: Path, name: str) -> str:
    """Write a new key and self-signed certificate; returns the certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) - timedelta(days=1)  # the other machine's clock may be behind
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _LIFE)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret(folder / KEY, secret)
    certificate = made.public_bytes(Encoding.PEM)
    write_durably(folder / OWN, certificate)
    return certificate.decode()


def serving(folder: Path) -> ssl.SSLContext:
    """The issuer's end: it answers the holder of `peer.crt` and nobody else."""
    return _context(ssl.PROTOCOL_TLS_SERVER, folder)


def calling(folder: Path) -> ssl.SSLContext:
    """The box's end: it speaks to the holder of `peer.crt` and nobody else."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, folder)


def _context(side: int, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate itself is known, whatever the address
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / OWN, folder / KEY)
    context.load_verify_locations(folder / PEER)
    return context
