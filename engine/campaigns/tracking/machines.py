"""Who is known to follow links and fetch pictures without a reader: machines.toml, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

Kind = Literal["scanner", "prefetch", "proxy"]
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Known:
    """What is known: (sign in lower case, whether it is all of the agent, kind), and (network, whose)."""

    agents: tuple[tuple[str, bool, Kind], ...]
    nets: tuple[tuple[Network, str], ...]

    def kind(self, agent: str) -> Kind | None:
        """What is known of a User-Agent: the first sign in it, those that are all of it before others."""
        lower = agent.strip().lower()
        for sign, exact, kind in self.agents:
            if lower == sign if exact else sign in lower:
                return kind
        return None

    def whose(self, net: str) -> str:
        """Whose network this is, as hits name one (/24, /48); empty where it is not known."""
        try:
            found = ip_network(net)
        except ValueError:
            return ""
        return next((of for known, of in self.nets if _within(found, known)), "")


def _within(net: Network, known: Network) -> bool:
    if isinstance(net, IPv4Network):
        return isinstance(known, IPv4Network) and net.subnet_of(known)
    return isinstance(known, IPv6Network) and net.subnet_of(known)


@cache
def known() -> Known:
    """What machines.toml says."""
    said = tomllib.loads((Path(__file__).parent / "machines.toml").read_text(encoding="utf-8"))
    agents = [(one["sign"].lower(), one.get("exact", False), one["kind"]) for one in said["agent"]]
    nets = [(ip_network(written), one["of"]) for one in said["net"] for written in one["ranges"]]
    return Known(tuple(sorted(agents, key=lambda one: not one[1])), tuple(nets))


__all__ = ["Known", "known"]
