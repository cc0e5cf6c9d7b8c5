"""Tree to statement. The SQL is in queries; this is its name for everybody else."""

from __future__ import annotations

from engine.campaigns.audience.queries.compiled import contacts

__all__ = ["contacts"]
