"""DKIM keys made into signers, once per process: the instance's of its settings, and workspaces' from their rows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine import sealing
from engine.config import Settings
from engine.errors import ConfigError
from engine.outbound.dkim import PrivateKey, Signer
from engine.outbound.queries.sending import SealedKey


def signers(settings: Settings) -> tuple[Signer, ...]:
    """A signer for each key of the settings, in their order; () where domain and keys are both unset.

    Raises ConfigError where only one of the two is set, or a key cannot be used.
    """
    return _signers(settings.dkim_domain or "", settings.dkim_keys)


@lru_cache(maxsize=8)
def _signers(domain: str, keys: str) -> tuple[Signer, ...]:
    pairs = _pairs(keys)
    if not pairs and not domain:
        return ()
    if not domain:
        raise ConfigError("SIXPM_DKIM_KEYS is set and SIXPM_DKIM_DOMAIN is not. Set it to the domain of your From.")
    if not pairs:
        raise ConfigError("SIXPM_DKIM_DOMAIN is set and SIXPM_DKIM_KEYS is not. `sixpm dkim` makes a key.")
    found = tuple(Signer(domain, selector, read_key(Path(path))) for selector, path in pairs)
    if len({signer.selector for signer in found}) < len(found):
        raise ConfigError(
            "SIXPM_DKIM_KEYS names a selector twice. Each key has its own DNS record, so its own selector."
        )
    return found


def _pairs(keys: str) -> list[tuple[str, str]]:
    """(selector, path) of each `SELECTOR=FILE`."""
    pairs = [pair.partition("=") for pair in keys.split(",") if pair.strip()]
    if not all(selector.strip() and path.strip() for selector, _, path in pairs):
        raise ConfigError("SIXPM_DKIM_KEYS has to be SELECTOR=FILE, several by commas.")
    return [(selector.strip(), path.strip()) for selector, _, path in pairs]


def read_key(path: Path) -> PrivateKey:
    """The private key of a PEM file without a password. Raises ConfigError with what to do."""
    try:
        data, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise ConfigError(
            f"The DKIM key {path} cannot be read: {error.strerror}. Correct SIXPM_DKIM_KEYS, or make a key with"
            " `sixpm dkim`."
        ) from error
    if mode & 0o007:
        raise ConfigError(f"The DKIM key {path} is open to every user of this machine: chmod 600 {path}")
    return _parsed(data, str(path))


def where(workspace_id: int, domain: str, selector: str) -> str:
    """What the secret of a workspace's key is sealed for."""
    return f"dkim:{workspace_id}:{domain}:{selector}"


@lru_cache(maxsize=1024)
def opened(secret: str, workspace_id: int, key: SealedKey) -> Signer:
    """The signer of a workspace's key. Raises ConfigError where SIXPM_SECRET_KEY does not open it."""
    said = where(workspace_id, key.domain, key.selector)
    return Signer(key.domain, key.selector, _parsed(sealing.unseal(secret, key.secret, said).encode(), said))


def _parsed(data: bytes, path: str) -> PrivateKey:
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} is no private key in PEM without a password.") from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError(f"{path} is neither an RSA nor an Ed25519 key; DKIM knows no other. Make one: `sixpm dkim`.")
    return key
