"""Contents for the sending loop: drafts loaded by the batch, rendered by the row; and the transports they go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr

from engine import clock, db, log, sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound import dkim, dkim_keys, render, tracked
from engine.outbound.drafts import Contents, Draft, LetterDraft, MailDraft, MendDraft, PostDraft, Row, Unmade, Withheld
from engine.outbound.posting import Posting
from engine.outbound.queries import planning, sending
from engine.outbound.queries.claiming import Claimed, Lane
from engine.people import allowlist
from engine.people.relays import RelaySettings, relay_for
from engine.transports import registry
from engine.transports.base import Key, Mail, Post, SendTransport, Verdict
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.wire import SmtpTransport

logger = log.get(__name__)
Lease = tuple[int, int]  # (batch_id, epoch)


def _lease(batch: Claimed) -> Lease:
    return batch.id, batch.epoch


@dataclass(frozen=True, slots=True)
class Load:
    """What one lease needs, by seq or address: drafts, faults of single rows, suppressions; and its letterhead."""

    drafts: Mapping[int, Draft] = field(default_factory=dict)
    broken: Mapping[int, str] = field(default_factory=dict)
    suppressed: Mapping[str, str] = field(default_factory=dict)
    sign: render.Sign | None = None  # with what the batch's own relay wants in mails
    signers: tuple[dkim.Signer, ...] = ()  # the workspace's own DKIM keys, else the instance's


NOTHING = Load()
UNMADE = "it could not be made"  # how the reply of such a row begins (engine.campaigns.queries.flying counts them)


class Makers:
    """What the loop knows about the content of the batches on its desk."""

    def __init__(self, settings: Settings, contents: Mapping[str, Contents]) -> None:
        self.settings = settings
        self._contents = contents
        self._press = render.Press()
        self._signers = dkim_keys.signers(settings)
        self._secret = required(settings.secret_key, "secret_key")
        # By batch and epoch: an old lease that is let go must not take the contents of a new one with it.
        self._loads: dict[Lease, Load] = {}
        self._latest: tuple[Claimed, Load] | None = None  # rows are taken batch by batch
        self._signs: dict[int, render.Sign] = {}
        self._tracking: set[int] = set()  # workspaces that count what becomes of questions and digests
        self._relays: dict[str, tuple[RelaySettings, str]] = {}  # by lane, with the name given in EHLO
        self._channels: dict[int, sending.ChannelRow] = {}
        self._time = clock.carry(datetime.now(UTC))

    def load(self, conn: Conn, batch: Claimed, rows: Sequence[Row]) -> None:
        """Load what the rows of a batch need: drafts, the workspace's sign and relay, channels, suppressions.

        Raises ConfigError where there is no relay.
        """
        now = db.now(conn)
        self._time = clock.carry(now)
        sign, suppressed, signers = None, {}, self._signers
        if batch.transport == "smtp":
            relay = batch.relay or relay_for(conn, batch.workspace_id, self.settings)
            sign, signers = self._sign(conn, batch, relay, now)
            self._signs[batch.workspace_id] = sign
            self._relays[batch.lane.name] = relay, self._hello(relay, batch.workspace_id)
            suppressed = self._look_up(conn, batch, rows)
        else:
            self._channels |= sending.channels(conn, batch.workspace_id, [row.recipient for row in rows])
        self._loads[_lease(batch)] = Load(*self._draft_all(conn, batch, rows), suppressed, sign, signers)

    def _hello(self, relay: RelaySettings, workspace_id: int) -> str:
        """The domain of From: of the workspace for its own relay, of the instance for one that workspaces share."""
        if relay.id is not None:
            return self._signs[workspace_id].domain
        return parseaddr(self.settings.mail_from)[1].rpartition("@")[2] or "localhost"

    def _sign(
        self, conn: Conn, batch: Claimed, relay: RelaySettings, now: datetime
    ) -> tuple[render.Sign, tuple[dkim.Signer, ...]]:
        """The workspace's values and its relay's stamp: the object that is there, where nothing has changed; and keys.

        Raises ConfigError for a key that SIXPM_SECRET_KEY does not open: a mail without the signature that its domain
        asks for would be refused for good, one that waits is not.
        """
        identity, keys = sending.identity(conn, batch.workspace_id, now)
        (self._tracking.add if identity.track_checkins else self._tracking.discard)(batch.workspace_id)
        made = render.Sign.of(identity, self.settings, relay.stamp)
        known = self._signs.get(batch.workspace_id)
        domain = dkim.from_domain(f"From: {made.mail_from}".encode())
        own = [dkim_keys.opened(self._secret, batch.workspace_id, key) for key in keys]
        fitting = tuple(signer for signer in own if signer.aligned(domain))
        return known if known == made else made, fitting or self._signers

    def _draft_all(self, conn: Conn, batch: Claimed, rows: Sequence[Row]) -> tuple[dict[int, Draft], dict[int, str]]:
        """The drafts by seq, and what is wrong with the rows whose own content raises: they must not keep the others.

        When every row raises, the fault is ours, and is raised.
        """
        try:
            return self._draft(conn, batch, rows), {}
        except db.Away:
            raise  # the database is away; nothing is known about any row
        except Exception:
            drafts, broken = self._draft_each(conn, batch, rows)
            if not drafts and broken:
                raise
            logger.error("contents broken", batch=batch.id, kind=batch.kind, seqs=sorted(broken))
            return drafts, broken

    def _draft_each(self, conn: Conn, batch: Claimed, rows: Sequence[Row]) -> tuple[dict[int, Draft], dict[int, str]]:
        drafts: dict[int, Draft] = {}
        broken: dict[int, str] = {}
        for row in rows:
            try:
                drafts |= self._draft(conn, batch, [row])
            except db.Away:
                raise
            except Exception as error:  # whatever it is, it is this row's
                broken[row.seq] = _unmade(f"{type(error).__name__}: {error}")
        return drafts, broken

    def _draft(self, conn: Conn, batch: Claimed, rows: Sequence[Row]) -> dict[int, Draft]:
        with conn.begin_nested():  # a statement that fails must not take the transaction with it
            drafts = dict(self._contents[batch.kind](conn, batch.workspace_id, rows))
            if batch.kind in tracked.CHECKINS and batch.workspace_id in self._tracking:
                return tracked.marked(conn, batch.workspace_id, drafts)
            return drafts

    def _look_up(self, conn: Conn, batch: Claimed, rows: Sequence[Row]) -> dict[str, str]:
        hashes = {sealing.address_hash(self._secret, row.address): row.address for row in rows}
        found = planning.suppressed(conn, batch.workspace_id, list(hashes))
        return {hashes[value]: reason for value, reason in found.items()}

    def forget(self, batch: Claimed) -> None:
        """Drop what was loaded for one lease of a batch."""
        self._latest = None
        self._loads.pop(_lease(batch), None)

    def _load_of(self, batch: Claimed) -> Load:
        """What was loaded for a lease; nothing for one that was forgotten."""
        if self._latest is None or self._latest[0] is not batch:
            self._latest = batch, self._loads.get(_lease(batch), NOTHING)
        return self._latest[1]

    def refusal(self, batch: Claimed, row: Row) -> tuple[Verdict, str] | None:
        """Why a row must not be sent after all; asked when it is taken."""
        load = self._load_of(batch)
        if load.broken and row.seq in load.broken:
            return Verdict.FAILED, load.broken[row.seq]
        if (draft := load.drafts.get(row.seq)) is None:
            return Verdict.EXPIRED, f"this {batch.kind} has nothing left to say"  # answered meanwhile, or gone
        if isinstance(draft, Withheld):
            return Verdict.SUPPRESSED, draft.reason
        if isinstance(draft, Unmade):
            return Verdict.FAILED, _unmade(draft.reason)
        return self._barred(load, row) if batch.transport == "smtp" else self._closed(row) or self._waits(draft)

    def _barred(self, load: Load, row: Row) -> tuple[Verdict, str] | None:
        if load.suppressed and row.address in load.suppressed:
            return Verdict.SUPPRESSED, f"suppressed: {load.suppressed[row.address]}"
        if not allowlist.allowed(self.settings, row.address):
            return Verdict.SUPPRESSED, allowlist.SUPPRESSED
        return None

    def _closed(self, row: Row) -> tuple[Verdict, str] | None:
        channel = self._channels.get(row.recipient)
        if channel is None or channel.state == "active":
            return None  # one that is gone is reported by `post`
        why = {"off": "the channel is disconnected", "failing": "the channel refused a post before; test it to mend it"}
        return Verdict.FAILED, why[channel.state]

    def _waits(self, draft: Draft) -> tuple[Verdict, str] | None:
        return (Verdict.DEFERRED, draft.waits) if isinstance(draft, MendDraft) and draft.waits else None

    def mail(self, batch: Claimed, row: Row) -> Mail:
        """The mail of a row. Raises whatever its template or headers raise."""
        load = self._load_of(batch)
        draft, sign, signers = load.drafts[row.seq], load.sign, load.signers
        if sign is None or not isinstance(draft, MailDraft | LetterDraft):
            raise TypeError(f"{batch.kind} gave no mail for an smtp row")
        now = self._time.now()
        mail = self._press.mail(draft, row, batch.id, batch.workspace_id, sign, now)
        if not signers or sign.stamp.remakes:
            return mail
        return mail._replace(content=dkim.sign(mail.content, signers, now, sign.stamp.rewrites))

    def post(self, batch: Claimed, row: Row) -> Posting:
        """What is to be done for a row, by its channel's transport. Raises ConfigError when that cannot be used."""
        draft = self._load_of(batch).drafts[row.seq]
        if isinstance(draft, MailDraft | LetterDraft | Withheld | Unmade):
            raise TypeError(f"{batch.kind} gave no post for a {batch.transport} row")
        transport, key = self._transport(row), Key(batch.id, row.seq, row.attempt)
        if isinstance(draft, PostDraft):
            return Posting(transport, _post(key, row, draft))
        return Posting.mend(
            transport, _post(key, row, draft.post or PostDraft("")), draft.remote_id,
            _post(key, row, draft.correction) if draft.correction else None, gone=draft.post is None,
        )  # fmt: skip

    def _transport(self, row: Row) -> SendTransport:
        channel = self._channels.get(row.recipient)
        if channel is None:
            raise ConfigError("the channel is gone")
        where = f"channel:{channel.workspace_id}:{channel.id}"
        secret = sealing.unseal(self._secret, channel.secret, where) if channel.secret else None
        allowlist.check_channel(self.settings, channel.kind, channel.config, secret)
        return registry.build(channel.kind, channel.config, secret, self.settings)

    def relay(self, lane: Lane) -> RelaySettings | None:
        """The relay a lane's slots use; None for posts."""
        found = self._relays.get(lane.name)
        return found and found[0]

    def mail_transport(self, lane: Lane) -> SmtpTransport:
        """The wire to a lane's relay. Raises ConfigError for settings that no relay can have."""
        found, hello = self._relays[lane.name]
        relay = Relay(
            host=found.host,
            port=found.port,
            tls=found.tls,
            user=found.user,
            password=found.password,
            hello=hello,
            connections=found.connections,
            messages_per_connection=found.per_connection,
            chunking=found.chunking,
        )
        return SmtpTransport(relay)


def _unmade(reason: str) -> str:
    return f"{UNMADE}: {reason}"[:500]


def _post(key: Key, row: Row, draft: PostDraft) -> Post:
    return Post(key, row.address, draft.text, draft.data, idempotency=f"d{row.run_id}-{row.seq}")
