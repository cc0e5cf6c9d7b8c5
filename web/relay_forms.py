"""The form of one relay. What a preset knows stands in it from the start; what an admin wrote stays."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engine.people.accounts import LONGEST
from engine.people.relay_changes import RelayDraft
from engine.people.relay_settings import RelaySettings
from engine.transports.smtp.presets import PRESETS, Preset
from web.forms import ENCRYPTION

USES = [
    SelectChoice("all", "All mail"),
    SelectChoice("transactional", "Transactional: questions, reminders, comments, messages, news of messages, notices"),
    SelectChoice("bulk", "Bulk: digests, campaigns"),
]
RANKS = [
    SelectChoice("0", "First: takes this mail"),
    SelectChoice("1", "Second: steps in while the first one fails"),
]
REGION = "Put your region in place of <region>, such as eu-west-1."
_NUMBER = [InputRequired("Write a number.")]


class RelayForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One relay: where it is, which mail it takes, its limits, and what proves its events."""

    name = StringField("Name", [Length(max=100)], description="For yourselves, such as \u201cSES Ireland\u201d.")
    preset = SelectField("Provider", choices=[SelectChoice(preset.name, preset.title) for preset in PRESETS.values()])
    host = StringField("Host", [Length(max=253)], render_kw={"autocomplete": "off", "spellcheck": "false"})
    port = IntegerField("Port", _NUMBER)
    tls = SelectField("Encryption", choices=ENCRYPTION)
    user = StringField("User", [Length(max=100)], render_kw={"autocomplete": "off", "spellcheck": "false"})
    password = PasswordField("Password", [Length(max=LONGEST)], render_kw={"autocomplete": "new-password"})
    stream = StringField("Stream", [Length(max=64)], render_kw={"autocomplete": "off", "spellcheck": "false"})
    uses = SelectField("Takes", choices=USES)
    rank = SelectField("Place", choices=RANKS)
    connections = IntegerField("Connections", _NUMBER, description="At once, of all workers together.")
    per_connection = IntegerField("Mails per connection", _NUMBER, description="Then a new one is opened.")
    per_second = IntegerField("Mails a second", [Optional()], description="Empty: no limit of ours.")
    per_day = IntegerField(
        "Mails a day", [Optional()], description="Empty: no limit of ours. Bulk mail leaves a tenth to other mail."
    )
    warmup_from = DateField("Warm-up from", [Optional()], description="Its first day. Empty: no warm-up.")
    warmup_first = IntegerField("Mails on the first day", _NUMBER)
    warmup_growth = IntegerField("Percent more each day", _NUMBER)
    visible = BooleanField(
        "Delivers to the receivers itself",
        description="Your own mail server. Then each receiving provider has a pace of its own.",
    )
    chunking = BooleanField(
        "Send content in chunks (BDAT)",
        description="Where the server offers CHUNKING; elsewhere by DATA.",
    )
    idempotency_header = StringField(
        "Idempotency header", [Length(max=64)], render_kw={"autocomplete": "off", "spellcheck": "false"},
        description="Where the provider drops a second mail with the same key, such as Resend-Idempotency-Key.",
    )  # fmt: skip
    hook_secret = PasswordField("Key of its events", [Length(max=2000)], render_kw={"autocomplete": "new-password"})

    def fit(self, preset: Preset, kept: RelaySettings | None, proven: bool) -> None:
        """Say what this provider calls things, and whether secrets are there already."""
        there = "Stored encrypted. Empty keeps the present one."
        self.password.description = there if kept is not None and kept.user else "Stored encrypted, never shown."
        if "<region>" in preset.host and not self.host.errors:  # the error says the same
            self.host.description = REGION
        if preset.user:
            self.user.description = f"{preset.title} wants the word \u201c{preset.user}\u201d."
        self.stream.label.text = preset.stream or "Stream"
        self.hook_secret.label.text = preset.key or "Key of its events"
        self.hook_secret.description = there if proven else "Without it events are refused. Stored encrypted."

    def draft(self) -> RelayDraft:
        """What was written, as the engine takes it. Call it after `validate`."""
        given: dict[str, Any] = {item.name: self[item.name].data for item in fields(RelayDraft)}
        given["rank"] = int(given["rank"])
        texts = ("name", "host", "user", "password", "stream", "idempotency_header", "hook_secret")
        return RelayDraft(**{**given, **{name: given[name] or "" for name in texts}})


def of_preset(preset: Preset) -> dict[str, Any]:
    """The values of a new relay's form."""
    return {
        "name": "" if preset.name == "smarthost" else preset.title, "preset": preset.name, "host": preset.host,
        "port": preset.port, "tls": preset.tls, "user": preset.user, "uses": "all", "rank": "0",
        "connections": preset.connections, "per_connection": preset.per_connection, "per_second": preset.per_second,
        "per_day": preset.per_day, "warmup_first": 200, "warmup_growth": 50,
    }  # fmt: skip


def of_relay(relay: RelaySettings) -> dict[str, Any]:
    """The values of a relay that is there, without its secrets."""
    hidden = ("password", "hook_secret")
    found = {item.name: getattr(relay, item.name) for item in fields(RelayDraft) if item.name not in hidden}
    return {**found, "user": relay.user or "", "rank": str(relay.rank)}
