"""The DKIM settings give signers, parsed once, or one text that says what to mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from engine import config
from engine.errors import ConfigError
from engine.outbound.dkim_keys import signers

Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Keep = Callable[[str, bytes], Path]
# Two primes of 384 bits: a key of 768, which the library loads and no longer makes.
P = 36049587191861311991823916256492686226784343636872006186801212293592512922347700277313766310165429098417731993347559
Q = 36397313646728258055843871910439682555919663008462143447275601770614731025315772572800973549284429674973171613270997


def pem(key: Private, lock: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption())


def short_key() -> rsa.RSAPrivateKey:
    d = pow(65537, -1, (P - 1) * (Q - 1))
    public = rsa.RSAPublicNumbers(65537, P * Q)
    return rsa.RSAPrivateNumbers(P, Q, d, d % (P - 1), d % (Q - 1), pow(Q, -1, P), public).private_key()


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Keeps bytes in a file of the given name, mode 0600."""

    def kept(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_bytes(data)
        return path

    return kept


def of(keys: str, domain: str | None = "example.org") -> config.Settings:
    return config.load(dkim_domain=domain, dkim_keys=keys)


def test_nothing_set_signs_nothing() -> None:
    assert signers(config.load()) == ()


def test_each_key_of_the_setting_is_a_signer(keep: Keep) -> None:
    first = keep("rsa.pem", pem(rsa.generate_private_key(65537, 1024)))
    second = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))

    found = signers(of(f"mail={first}, mail-ed = {second}", "Example.org"))

    assert [(signer.name, signer.algorithm, signer.bits) for signer in found] == [
        ("mail._domainkey.example.org", "rsa", 1024),
        ("mail-ed._domainkey.example.org", "ed25519", 256),
    ]


def test_a_key_is_parsed_once(keep: Keep) -> None:
    path = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))
    before = signers(of(f"mail={path}"))
    path.unlink()

    again = signers(of(f"mail={path}"))

    assert again is before


def test_a_key_needs_a_domain_and_a_domain_a_key(keep: Keep) -> None:
    path = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))

    with pytest.raises(ConfigError, match="SIXPM_DKIM_DOMAIN is not"):
        signers(of(f"mail={path}", None))
    with pytest.raises(ConfigError, match="SIXPM_DKIM_KEYS is not"):
        signers(of(""))


@pytest.mark.parametrize("keys", ["mail", "=/key.pem", "mail=", "/key.pem,mail=/key.pem"])
def test_a_setting_that_is_no_pair_says_the_form(keys: str) -> None:
    with pytest.raises(ConfigError, match="SELECTOR=FILE"):
        signers(of(keys))


def test_two_keys_under_one_selector_are_refused(keep: Keep) -> None:
    path = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))

    with pytest.raises(ConfigError, match="selector twice"):
        signers(of(f"mail={path},Mail={path}"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pem cannot be read: No such file.*sixpm dkim"):
        signers(of(f"mail={tmp_path / 'none.pem'}"))


@pytest.mark.parametrize("mode", [0o604, 0o602])
def test_a_file_that_every_user_can_open_is_refused(keep: Keep, mode: int) -> None:
    path = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))
    path.chmod(mode)

    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        signers(of(f"mail={path}"))


def test_a_file_that_its_group_can_read_is_taken(keep: Keep) -> None:
    path = keep("ed.pem", pem(ed25519.Ed25519PrivateKey.generate()))
    path.chmod(0o640)

    assert len(signers(of(f"mail={path}"))) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\xff no key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"locked")),
    ],
    ids=["empty", "rubbish", "broken", "locked"],
)
def test_what_is_no_open_key_is_refused(keep: Keep, data: bytes) -> None:
    path = keep("key.pem", data)

    with pytest.raises(ConfigError, match=f"{path} is no private key"):
        signers(of(f"mail={path}"))


def test_a_key_of_another_type_is_refused(keep: Keep) -> None:
    path = keep("ec.pem", pem(ec.generate_private_key(ec.SECP256R1())))

    with pytest.raises(ConfigError, match="neither an RSA nor an Ed25519 key"):
        signers(of(f"mail={path}"))


def test_an_rsa_key_under_1024_bits_is_refused(keep: Keep) -> None:
    path = keep("short.pem", pem(short_key()))

    with pytest.raises(ConfigError, match="768 bits"):
        signers(of(f"mail={path}"))
