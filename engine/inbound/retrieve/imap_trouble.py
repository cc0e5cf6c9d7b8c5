"""What goes wrong with a mailbox, in words, and how long it is then left alone."""

from __future__ import annotations

import random
import re
import ssl

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError

from engine import db
from engine.errors import MailboxError
from engine.inbound.retrieve.imap_url import Box

# Seconds after the first failure in a row, and at most; doubled in between. Providers lock accounts whose password is
# tried again and again, and count tries while they throttle.
PAUSES = {
    "network": (2.0, 120.0), "database": (1.0, 30.0), "refused": (10.0, 300.0), "folder": (60.0, 600.0),
    "secure": (60.0, 600.0), "busy": (120.0, 1800.0), "login": (300.0, 3600.0),
}  # fmt: skip
# Response codes of RFC 5530, Gmail ([OVERQUOTA], [THROTTLED], "Too many simultaneous connections", "Account exceeded
# command or bandwidth limits"), Exchange ("Request is throttled. Suggested Backoff Time: …") and Yahoo ([LIMIT]).
_BUSY = re.compile(
    r"\[(?:THROTTLED|LIMIT|OVERQUOTA|INUSE)|too many|throttl|exceeded|rate limit|quota|try again later", re.IGNORECASE
)
_PASSING = re.compile(r"\[(?:UNAVAILABLE|SERVERBUG)|temporar|internal error", re.IGNORECASE)  # RFC 5530 section 3
_NO_FOLDER = re.compile(r"\[(?:NONEXISTENT|TRYCREATE|NOPERM|CANNOT)", re.IGNORECASE)


def busy(error: BaseException) -> bool:
    """Whether the server says that it has had too much of us."""
    return isinstance(error, IMAPClientError) and bool(_BUSY.search(said(error)))


def said(error: BaseException) -> str:
    """The server's words in an error, on one line: imaplib shows bytes as Python writes them."""
    text = " ".join(str(error).split())
    text = re.sub(r"\bb(['\"])(.*?)\1", r"\2", text)
    return text[:300] or type(error).__name__


def judge(error: Exception, box: Box) -> MailboxError:
    """The error as a person reads it, with the kind that decides how long to wait. Never holds the password."""
    found = error if isinstance(error, MailboxError) else _judged(error, box)
    return MailboxError(str(found).replace(box.password, "***"), found.kind)


def _judged(error: Exception, box: Box) -> MailboxError:
    where, words = f"{box.host}:{box.port}", said(error)
    kind, text = next(
        (kind, text)
        for fits, kind, text in (
            (isinstance(error, db.Failure), "database", "The database does not answer."),
            (busy(error), "busy", f"{where} has had too much of us, so we wait longer: {words}"),
            (isinstance(error, LoginError) and _PASSING.search(words), "refused",
             f"{where} cannot check the login of {box.user} now: {words}"),
            (isinstance(error, LoginError), "login", f"{where} refuses the login of {box.user}: {words}"),
            (isinstance(error, ssl.SSLError), "secure", f"No secure connection to {where}: {words}"),
            (isinstance(error, IMAPClientAbortError | OSError), "network",
             f"The connection to {where} failed: {words}"),
            (isinstance(error, IMAPClientError), "refused", f"{where} refuses: {words}"),
            (True, "refused", f"{type(error).__name__}: {words}"),
        )
        if fits
    )  # fmt: skip
    return MailboxError(text, kind)


def of_folder(error: Exception, box: Box) -> Exception:
    """The error of a SELECT: that there is no such folder, where the server says so, else as it was."""
    if isinstance(error, IMAPClientReadOnlyError):
        return MailboxError(
            f"{box.user} may only read {box.folder} at {box.host}, so nothing could be marked.", "folder"
        )
    if not _NO_FOLDER.search(said(error)) and "exist" not in said(error):
        return error
    text = f"{box.host} has no folder {box.folder} for {box.user}, or we may not open it: {said(error)}"
    return MailboxError(text, "folder")


def pause(kind: str, failures: int) -> float:
    """Seconds until the next try after so many failures in a row: doubled each time, bounded, a quarter by chance."""
    first, most = PAUSES.get(kind, PAUSES["refused"])
    return min(most, first * 2.0 ** min(failures - 1, 20)) * random.uniform(0.75, 1.25)
