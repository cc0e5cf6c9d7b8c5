"""What the domain says about a delivery before it is rendered: which mail or post, filled with what.

Domain modules (rounds, inbound, people's notices) give one `Contents` per kind of run; the tasks layer hands them to
the sending loop, so that outbound never calls upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from engine.db import Conn


class Row(NamedTuple):
    """A claimed delivery, as read when its batch was claimed."""

    run_id: int
    seq: int
    recipient: int
    about: int
    transport: str
    address: str
    attempt: int
    useful_until: Any  # aware datetime


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A mail before rendering.

    `template` is a folder of templates/email. It is filled with the links and addresses every mail has; with `context`,
    which many get alike: one object for all drafts that share it, never changed, because a mail is compiled once for
    it; and with `personal`, strings of this recipient, which are best only printed (docs/howto/add-a-mail.md).
    `membership_id` gives the link to a member's own pages, and List-Unsubscribe unless `unsubscribe` is false: a notice
    is no mailing that one could leave. Without a membership there is neither.
    `after` names what this one follows in the same thread, oldest first: deliveries (run_id, seq), and the Message-IDs
    of people's own mails. `by_person`: somebody wrote it word for word, so that it does not say a robot did.
    `answering` is the Message-ID of a person's own mail that this one answers by itself; "" where that had none.
    `reply_until` is the last day its reply token is good (None: replies are not taken).
    `tracked`: it has the picture that is counted, and the link that only machines follow.
    """

    template: str
    context: Mapping[str, Any]
    to_name: str = ""
    personal: Mapping[str, str] = field(default_factory=dict)
    membership_id: int | None = None
    list_id: str = ""  # "team-7"; with the reply domain it becomes List-Id
    list_name: str = ""
    after: Sequence[tuple[int, int] | str] = field(default=())
    reply_until: date | None = None
    unsubscribe: bool = True
    answering: str | None = None
    tracked: bool = False
    by_person: bool = False

    @property
    def leaves(self) -> bool:
        """Whether the mail says how to get no more of its kind."""
        return self.membership_id is not None and self.unsubscribe


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a letter. With `cid` it is shown inside, where the HTML says `cid:…`."""

    name: str
    type: str  # image/png; of the form RFC 2045 wants, ASCII
    data: bytes
    cid: str = ""


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A mail whose words are made already, for one person: what a campaign sends.

    `unsubscribe` is the link of List-Unsubscribe (RFC 8058), made by whoever knows what it leaves; "" where there is
    nothing to leave. `html` may come in pieces: one that is the same object in many letters is encoded once. `files`
    are the same object for all letters that share them, for the same reason. The rest is as in MailDraft.
    """

    subject: str
    html: str | Sequence[str]
    text: str
    to_name: str = ""
    contact_id: int | None = None
    files: Sequence[Enclosure] = ()
    unsubscribe: str = ""
    list_id: str = ""
    list_name: str = ""
    after: Sequence[tuple[int, int]] = field(default=())
    reply_until: date | None = None
    answering: str | None = None


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A chat post or webhook call before it is fitted to its service; the channel is the row's recipient.

    `withdrawn`: nothing of it is left, and the text says just that; only a correction is ever sent so.
    """

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class MendDraft:
    """What a post that is out is to be now. Without `post` it is taken away.

    `correction` is posted where the post cannot be changed; without one it stays as it is. `waits` says why it cannot
    be mended yet.
    """

    post: PostDraft | None
    remote_id: str | None
    correction: PostDraft | None
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing: the person may not have it any more, and the row is suppressed with this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unmade:
    """Nothing, for it cannot be made for this person; the row fails with this reason, and the others do not wait."""

    reason: str


Draft = MailDraft | LetterDraft | PostDraft | MendDraft | Withheld | Unmade
Contents = Callable[[Conn, int, Sequence[Row]], Mapping[int, Draft]]
"""(connection, workspace_id, rows of one run) → a draft by seq. A missing seq has nothing left to say and expires."""
