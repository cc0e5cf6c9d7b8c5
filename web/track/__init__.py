"""Where links and pictures of mails lead: short paths, no cookie, nothing kept by caches, nothing for search engines.

The answer goes out first. What is known of who asked is written afterwards, in a transaction of its own; losing that
costs a number, never a reader.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from flask import Blueprint, Response, after_this_request, make_response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from engine import db, log
from engine.campaigns.tracking import hits, links
from engine.campaigns.tracking.hits import Visit
from engine.campaigns.tracking.leaving import review
from engine.errors import TokenError
from engine.outbound.queries import tracking
from engine.outbound.settle import doubts
from engine.outbound.tracked import HIDDEN, PIXEL
from engine.people import throttle
from engine.people.throttle import Limit
from engine.tokens import Purpose, read_hit, read_name
from web import auth, transaction

_log = log.get(__name__)
blueprint = Blueprint("track", __name__)

WRONG = Limit(60, 1.0)  # links that lead nowhere, of one network: who tries names gets no further
NOTHING = "There is nothing here. The link may be old or mistyped.\n"
FOR_MACHINES = "There is nothing to read here. This link is in the mail for machines that follow every link.\n"
# A picture of one transparent point: GIF89a, a palette of two colours, the first of them transparent.
GIF = (
    b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + b"\x21\xf9\x04\x01\x00\x00\x00\x00"
    + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00" + b"\x3b"
)  # fmt: skip


@blueprint.get("/l/<token>")
def link(token: str) -> AnyResponse:
    """Send a reader on to where the link leads; a token that is not ours leads nowhere."""
    try:
        run_id, seq, link_id = read_hit(auth.keys(), token, Purpose.HIT)
    except TokenError:
        return nowhere()
    if link_id == HIDDEN:
        return noted(_plain(FOR_MACHINES, 200), run_id, seq, HIDDEN)
    url = links.target(transaction.conn(), link_id)
    return nowhere() if url is None else noted(redirect(url, 302), run_id, seq, link_id)


@blueprint.get("/o/<token>.gif")
def picture(token: str) -> AnyResponse:
    """The picture of a mail."""
    try:
        run_id, seq, _ = read_hit(auth.keys(), token, Purpose.OPEN)
    except TokenError:
        return nowhere()
    return noted(Response(GIF, 200, mimetype="image/gif"), run_id, seq, PIXEL)


@blueprint.after_request
def _apart(response: AnyResponse) -> AnyResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def visit_here() -> Visit:
    """What is known of who makes this request."""
    agent = request.headers.get("User-Agent", "")
    return Visit.of(transaction.now(), request.method, auth.proxied_address(), agent)


def visited(workspace_id: int, membership_id: int, name: str) -> None:
    """A mail of a team was followed to its pages: a hit, where such mails are tracked. `name` is the mail's."""
    mail = read_name(auth.keys(), name)
    if mail is None or not tracking.tracked_member(transaction.conn(), workspace_id, *mail, membership_id):
        return
    here, base = visit_here(), request.host_url

    def note(conn: db.Conn) -> None:
        for link_id in links.kept(conn, workspace_id, None, [f"{base}me"], here.at).values():
            hits.take(conn, *mail, link_id, here)

    @after_this_request
    def _then(answer: Response) -> Response:
        afterwards(answer, note)
        return answer


def noted(answer: AnyResponse, run_id: int, seq: int, place: int | None) -> AnyResponse:
    """The answer, after which the hit is written."""
    here = visit_here()
    afterwards(answer, lambda conn: _take(conn, run_id, seq, place, here))
    return answer


def afterwards(answer: AnyResponse, act: Callable[[db.Conn], object]) -> None:
    """Do `act` in a transaction of its own once the answer is out. Nobody waits for it or hears of its faults."""

    def later() -> None:
        try:
            with db.begin() as conn:
                act(conn)
        except Exception as error:  # the reader has what they asked for
            _log.error("hit not written", error=str(error).split("\n")[0])

    answer.call_on_close(later)


def _take(conn: db.Conn, run_id: int, seq: int, place: int | None, here: Visit) -> None:
    """Whoever asks has the mail, person or machine: that ends a doubt about it. A HEAD shows nobody anything."""
    taken = hits.take(conn, run_id, seq, place, here)
    if taken is None:
        return
    if here.method == "GET":
        doubts.proved_by(conn, run_id, seq, "click", here.at)
    review(conn, run_id, seq, taken)


def nowhere() -> AnyResponse:
    """No such link, for a token that is unknown or changed; whoever tries many is told to wait."""
    key = f"track:{hits.net_of(auth.proxied_address())}"
    wait = throttle.take(transaction.conn(), key, WRONG, transaction.now())
    if not wait:
        return _plain(NOTHING, 404)
    answer = _plain("Too many links that lead nowhere. Try again later.\n", 429)
    answer.headers["Retry-After"] = str(int(wait))
    return answer


def _plain(words: str, status: int) -> AnyResponse:
    answer = make_response(words, status)
    answer.mimetype = "text/plain"
    return answer
