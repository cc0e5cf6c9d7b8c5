"""Alerts: what is wrong by itself for a while becomes an incident, is told once, and once more when it is over."""

from __future__ import annotations
