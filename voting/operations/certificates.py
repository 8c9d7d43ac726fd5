"""The hall's certificate, and the authority that the tablets trust for it.

The authority is good for the hall's own names and addresses only, and for TLS servers only. Its key
signs once and is forgotten: it never leaves the memory of `write`, so nobody can ever make the
tablets believe a second certificate (docs/decisions).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voting.config import write_durably, write_secret
from voting.core.errors import Malformed, Refused

AUTHORITY, CERTIFICATE, KEY = "ca.crt", "server.crt", "server.key"
RELAY = "relay.crt"
LIFE = timedelta(days=397)  # browsers take no certificate for longer than that
_CLOCKS = timedelta(days=1)  # a tablet's clock may be behind
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")

Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def write(folder: Path, hosts: Sequence[str], relay: bytes | None = None) -> list[str]:
    """Make `ca.crt`, `server.crt` and `server.key` for a server at these names and addresses.

    `relay` is the signing request (PEM) of a relay's owner, who keeps the key: `relay.crt` is for
    the hosts that it names, and the authority is good for these, too. Returns them, for people to
    compare; one of the server's own is refused, which the relay could then pass itself off as.
    """
    if (folder / AUTHORITY).exists():
        raise Refused("certificates_exist", "已经有证书了；要另发，请先把 tls 文件夹移走。")
    now = datetime.now(UTC)
    asked = None if relay is None else read_request(relay)
    granted = asked.hosts if asked else []
    if set(_general_names(hosts)) & set(map(_general_name, granted)):
        raise Malformed("bad_request", "转送机的证书申请里有服务器自己的主机名或地址，没有签发。")
    authority = make_authority([*hosts, *granted], now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = make_certificate(authority, key.public_key(), hosts, now)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret(folder / KEY, secret)
    write_durably(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
    if asked:
        given = make_certificate(authority, asked.key, granted, now)
        write_durably(folder / RELAY, given.public_bytes(Encoding.PEM))
    write_durably(folder / AUTHORITY, authority[0].public_bytes(Encoding.PEM))
    return granted


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """What a relay's owner asks to be certified."""

    key: ec.EllipticCurvePublicKey
    hosts: list[str]


def read_request(pem: bytes) -> SigningRequest:
    """A request with a P-256 key and the hosts that it is for; else `Malformed`."""
    try:
        request = x509.load_pem_x509_csr(pem)
        hosts, key = hosts_of(request), request.public_key()
    except (ValueError, x509.ExtensionNotFound) as error:
        raise _bad_request() from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _bad_request()
    if not request.is_signature_valid:
        raise _bad_request()
    return SigningRequest(key, hosts)


def _bad_request() -> Malformed:
    return Malformed("bad_request", "这不是转送机的证书申请：要有 P-256 公钥、主机名或地址。")


def make_authority(hosts: Sequence[str], now: datetime) -> Authority:
    """An authority for nothing but TLS servers at these hosts, with its key."""
    names = _general_names(hosts)
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Piaojue {hosts[0]} {now:%Y-%m-%d}"[:64]
    limits = x509.NameConstraints([_subtree(name) for name in names], _rest(names))
    made = (
        _builder(title, title, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(limits, critical=True)
        .sign(key, SHA256())
    )
    return made, key


def make_certificate(
    authority: Authority, public: ec.EllipticCurvePublicKey, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """The authority's word that the server with this key is the one at these hosts."""
    ca, key = authority
    title = ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        _builder("Piaojue server", str(title), public, now)  # a name that is no host's
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general_names(hosts)), critical=False)
        .add_extension(by, critical=False)
        .sign(key, SHA256())
    )


def read(path: Path) -> x509.Certificate:
    """A certificate's file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def hosts_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """The names and addresses that a server's certificate is for, in their order."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as tablets show it: 32 bytes in hex, a colon between."""
    digest = Hash(SHA256())
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.finalize().hex(":").upper()


def _builder(
    title: str, by: str, public: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(title))
        .issuer_name(named(by))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS)
        .not_valid_after(now - _CLOCKS + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    if not hosts:
        raise Malformed("no_host", "请至少给出一个服务器名称或地址。")
    return [_general_name(host) for host in hosts]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not _NAME.fullmatch(host) or len(host) > 63:
            raise Malformed(
                "bad_host", "%(host)s 既不是地址，也不是小写的主机名。", host=host
            ) from None
        return x509.DNSName(host)


def _subtree(name: x509.GeneralName) -> x509.GeneralName:
    """The name alone: an address is a network of one."""
    if isinstance(name, x509.IPAddress):
        return x509.IPAddress(ipaddress.ip_network(name.value))
    return name


def _rest(names: Sequence[x509.GeneralName]) -> list[x509.GeneralName] | None:
    """What must be excluded by its kind, since a kind that is not named is not limited."""
    rest: list[x509.GeneralName] = []
    if not any(isinstance(name, x509.DNSName) for name in names):
        rest.append(x509.DNSName(""))
    if not any(isinstance(name, x509.IPAddress) for name in names):
        everywhere = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
        rest += [x509.IPAddress(network) for network in everywhere]
    return rest or None
