"""Free TCP ports on this machine, asked of the kernel by binding them."""

from __future__ import annotations

import random
import socket

from engine.errors import ConfigError

LOOPBACK = "127.0.0.1"
# Below 32768: Linux hands the ports above it to outgoing connections, which then keep a listener from coming back.
_LOW, _HIGH = 15_000, 32_000


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a listener could bind `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None, host: str = LOOPBACK) -> int:
    """`preferred` when it is free, else a port the kernel lets us bind. Raises ConfigError when none of 200 is free."""
    if preferred and is_free(preferred, host):
        return preferred
    for _ in range(200):
        port = random.randint(_LOW, _HIGH)
        if is_free(port, host):
            return port
    raise ConfigError(f"No free TCP port between {_LOW} and {_HIGH} on {host}. Stop something that listens there.")


def answers(port: int, host: str = LOOPBACK, timeout: float = 0.5) -> bool:
    """Whether something accepts connections on `port`."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


def reachable(host: str) -> str:
    """The address at which to ask for what listens on `host`."""
    return LOOPBACK if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
