"""A recipient's own pages behind their signed link, and the unsubscribe link: a module for each page."""

from web.views.me import answers, away, entries, history, hours, stop, team, today, unsubscribing
from web.views.me.visit import blueprint

__all__ = ["answers", "away", "blueprint", "entries", "history", "hours", "stop", "team", "today", "unsubscribing"]
