"""Which workspace a mail concerns by its addresses alone.

What nothing else has placed, because it was not understood or a robot wrote it, is then shown to that workspace's
admins; of an instance with several workspaces nobody else could look at it.
"""

from __future__ import annotations

from engine.db import Conn
from engine.inbound import route, unasked
from engine.inbound.own import Own
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import commenting, whose
from engine.inbound.queries.keeping import Taken

UNREAD = ParsedMail()


def workspace(conn: Conn, mail: Taken, own: Own, parsed: ParsedMail = UNREAD) -> int | None:
    """The workspace of the delivery, plain address, entry or channel that the mail was sent to; None for no such.

    Of a mail that could not be read the envelope says it.
    """
    if mail.platform != "mail":
        place = unasked.channel_of(conn, mail.envelope_to)
        return place.workspace_id if place else None
    today = mail.received_at.date()
    claim = route.answered(own.keys, parsed, mail.envelope_to, today)
    if claim and (about := whose.delivered(conn, claim.run_id, claim.seq)):
        return about.workspace_id
    if doors := unasked.doors(conn, parsed, mail.envelope_to, own):
        return doors[0].workspace_id
    links = route.entries(own.keys, parsed, mail.envelope_to, today)
    found = commenting.entries(conn, [link.entry_id for link in links]) if links else {}
    return next((row.workspace_id for row in found.values()), None)
