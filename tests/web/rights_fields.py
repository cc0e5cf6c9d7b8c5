"""What a form sends so that the route does what it is for, by route: what the walk of rights posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.conversations import actions
from tests.web.conftest import PASSWORD

FIELDS: dict[str, dict[str, str]] = {
    "signin.check": {"email": "owner@here.example", "password": PASSWORD},
    "letters.set_password": {"password": "another long secret"},
    "letters.accept": {"name": "New"},
    "account.change_password": {"old": PASSWORD, "password": "another long secret"},
    "people.invite": {"addresses": "somebody@example.org", "role": "user", "team": "0"},
    "people.set_role": {"role": "admin"},
    "people.hand_over": {"password": PASSWORD},
    "account.set_zone": {"zone": "UTC"},
    "team.make": {"name": "Another", "zone": "UTC"},
    "team.save_schedule": {
        "questions": "What now?", "weekdays": "0", "prompt_at": "17:30", "digest_at": "09:00", "nudge_after": "60",
        "answer_window": "600",
    },
    "team.add_days_off": {"first_day": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}", "reason": "Holiday"},
    "team.rename": {"name": "Renamed", "zone": "UTC"},
    "team.set_address": {"local": "another-one"},
    "setup.set_address": {"local": "another-two"},
    "team.add_member": {"email": "more@example.org", "role": "member"},
    "team.set_role": {"role": "observer"},
    "team.set_hours": {"prompt_at": "16:00", "zone": "UTC"},
    "team.set_away": {"first_day": "2099-02-01"},
    "team.connect": {"kind": "slack", "name": "#new", "channel": "C1", "secret": "xoxb-secret",
                     "gets": "entries"},
    "team.change_channel": {"name": "#renamed", "gets": "digest"},
    "me.hours": {"prompt_at": "16:00", "zone": "UTC"},
    "me.receipt": {"receipt": "mail"},
    "me.away": {"first_day": "2099-02-01"},
    "me.turn_day": {"day": "2099-02-01"},
    "setup.save_mail": {"mail_from": "team@example.org", "reply_domain": "reply.example.org",
                        "base_url": "https://sixpm.example.org", "tls": "none"},
    "relays.add": {"preset": "smarthost", "host": "a.example.org", "port": "25", "tls": "none", "uses": "bulk",
                   "rank": "0", "connections": "4", "per_connection": "100", "warmup_first": "200",
                   "warmup_growth": "50"},
    "keeping.save": {"acts": "200"},
    "dkim.make": {"domain": "", "selector": "new", "algorithm": "ed25519"},
    "content.save": {"subject": "News", "body": "Hello.", "format": "markdown"},
    "runs.requeue": {"hours": "4", "pick": "failed||"},
    "doubts.settle": {"act": "arrived", "scope": "all"},
    "entries.edit": {"text": "Mended the login."},
    "me.edit": {"text": "Mended the login."},
    "entries.comment": {"text": "How long did it take?"},
    "reread.choose": {"row": "1"},
    "contacts.add": {"email": "more@example.org"},
    "contacts.change": {"email": "changed@example.org"},
    "contacts.define": {"name": "city", "kind": "text"},
    "contacts.make_topic": {"name": "Product news"},
    "contacts.say": {"channel": "mail", "topic": "0", "state": "given", "evidence": "They called."},
    "contacts.suppress": {"place": "mail", "why": "They asked on the phone."},
    "contacts.lift": {"channel": "mail"},
    "campaigns.make": {"name": "Autumn"},
    "campaigns.rename": {"name": "Autumn"},
    "campaign_whom.save": {"query": "everyone", "needs_consent": "y", "topic_id": "0"},
    "campaign_plan.save": {"send_when": "now", "weekdays": "1", "shape": "one_way", "team_id": "0"},
    "campaign_limits.save": {"approve_over": "1000", "cap_days": "7"},
    "contacts.rename_topic": {"name": "Fresh news"},
    "campaign_again.draft": {"list": "all"},
}  # fmt: skip
_ACTION = {"action_id": str(actions.fresh(datetime.now(UTC)))}
for _place in ("team", "conversations"):
    FIELDS |= {
        f"{_place}.reply": {"text": "Yes.", **_ACTION}, f"{_place}.note": {"text": "Ask Carla.", **_ACTION},
        f"{_place}.assign": {"assignee": "", **_ACTION}, f"{_place}.set_status": {"status": "closed", **_ACTION},
        f"{_place}.end_link": _ACTION,
        f"{_place}.read": {"no": "1", **_ACTION},
    }  # fmt: skip
FIELDS["team.write_to"] = FIELDS["campaign_one.send"] = {"subject": "Hi", "text": "Hello.", **_ACTION}
FIELDS["account.set_hears"] = {"hears": "digest"}
FIELDS["contacts_import.check"] = FIELDS["contacts_import.start"] = {"to-0": "email", "existing": "update"}
FIELDS["relays.try_new"] = {**FIELDS["relays.add"], "host": "127.0.0.1", "port": "1"}
FIELDS["relays.try_one"] = FIELDS["relays.try_new"]
FIELDS["relays.change"] = {**FIELDS["relays.add"], "host": "b.example.org"}
