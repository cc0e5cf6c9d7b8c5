"""Every route of the application, with the action of `engine.people.rights` that it is, and the act it records.

`web.guard` asks this table before every view. A route without a row is refused to everybody, and a test names it.
"""

from __future__ import annotations

from typing import NamedTuple

# What is no action of a role: who comes here proves something else, or need not prove anything.
ANYONE = "anyone"  # sign-in and the first visit
BY_LINK = "by link"  # a signed token in the path, which the view reads
MACHINE = "machine"  # probes, and hooks that prove themselves
OPEN = (ANYONE, BY_LINK, MACHINE)


class Row(NamedTuple):
    """What a route is. `act`: what it records (engine.people.acts); empty for what changes nothing that matters."""

    action: str
    act: str = ""


ROUTES: dict[str, Row] = {
    # coming in
    "signin.home": Row(ANYONE),
    "signin.sign_in": Row(ANYONE),
    "signin.check": Row(ANYONE, "signed_in"),
    "signin.sign_out": Row(ANYONE, "signed_out"),
    "letters.ask_link": Row(ANYONE),
    "letters.mail_link": Row(ANYONE, "asked_for_a_link"),
    "letters.ask_reset": Row(ANYONE),
    "letters.mail_reset": Row(ANYONE, "asked_for_a_link"),
    "letters.link": Row(BY_LINK),
    "letters.use_link": Row(BY_LINK, "signed_in"),
    "letters.reset": Row(BY_LINK),
    "letters.set_password": Row(BY_LINK, "changed_password"),
    "letters.invitation": Row(BY_LINK),
    "letters.accept": Row(BY_LINK, "accepted_invitation"),
    "setup.first": Row(ANYONE),
    "setup.make": Row(ANYONE, "set_up"),
    "setup.load_demo": Row(ANYONE, "set_up"),
    # oneself
    "account.show": Row("own_account"),
    "account.change_password": Row("own_account", "changed_password"),
    "account.set_zone": Row("own_account", "changed_hours"),
    "account.end_session": Row("own_account", "ended_sessions"),
    "account.end_others": Row("own_account", "ended_sessions"),
    "account.leave": Row("own_account", "left_workspace"),
    # the people of the workspace
    "people.index": Row("see_people"),
    "people.invite": Row("invite", "invited"),
    "people.resend": Row("invite", "invited_again"),
    "people.revoke": Row("invite", "revoked_invitation"),
    "people.set_role": Row("change_account", "changed_account_role"),
    "people.remove": Row("change_account", "removed_account"),
    "people.heir": Row("hand_over"),
    "people.hand_over": Row("hand_over", "handed_over"),
    "acts.index": Row("see_acts"),
    "acts.as_csv": Row("see_acts"),
    # teams
    "team.index": Row("see_teams"),
    "team.make": Row("make_team", "made_team"),
    "team.show": Row("see_team"),
    "team.today": Row("see_team"),
    "team.ask_now": Row("ask_now", "asked_now"),
    "team.days_off": Row("change_schedule"),
    "team.add_days_off": Row("change_schedule", "added_days_off"),
    "team.remove_day_off": Row("change_schedule", "removed_day_off"),
    "team.skip_today": Row("change_schedule", "skipped_today"),
    "team.pause_team": Row("change_schedule", "paused_team"),
    "team.resume_team": Row("change_schedule", "resumed_team"),
    "team.schedule": Row("change_schedule"),
    "team.preview": Row("change_schedule"),  # says what a save would do, and saves nothing
    "team.save_schedule": Row("change_schedule", "changed_schedule"),
    "team.rename": Row("rename_team", "renamed_team"),
    "team.members": Row("see_team"),
    "team.new_member": Row("add_member"),
    "team.add_member": Row("add_member", "added_member"),
    "team.pause_member": Row("pause_member", "paused"),
    "team.resume_member": Row("pause_member", "resumed"),
    "team.remove_member": Row("remove_member", "removed_member"),
    "team.member": Row("change_member"),
    "team.why": Row("change_member"),
    "team.set_role": Row("change_member", "changed_member_role"),
    "team.set_hours": Row("change_member", "changed_hours"),
    "team.set_away": Row("change_member", "changed_away"),
    "team.end_away": Row("change_member", "changed_away"),
    "team.send_again": Row("lift_suppression", "lifted_suppression"),
    "team.new_channel": Row("connect_channel"),
    "team.connect": Row("connect_channel", "connected_channel"),
    "team.channels": Row("see_team"),
    "team.channel": Row("connect_channel"),
    "team.change_channel": Row("connect_channel", "changed_channel"),
    "team.send_posts_again": Row("connect_channel", "sent_posts_again"),
    "team.test_channel": Row("connect_channel", "tested_channel"),
    "team.disconnect": Row("connect_channel", "disconnected_channel"),
    "team.mend_channel": Row("connect_channel", "mended_channel"),
    # what a team has written; who may change an entry is asked of the entry (engine.inbound.amend)
    "entries.index": Row("see_team"),
    "entries.one": Row("see_team"),
    "entries.edit": Row("see_team", "edited_entry"),
    "entries.remove": Row("see_team", "removed_entry"),
    "entries.restore": Row("see_team", "restored_entry"),
    "entries.as_csv": Row("see_team"),
    "entries.as_markdown": Row("see_team"),
    "digests.show": Row("see_team"),
    "digests.frame": Row("see_team"),
    # a recipient's own pages
    "me.show": Row(BY_LINK),
    "me.history": Row(BY_LINK),
    "me.team": Row(BY_LINK),
    "me.answer": Row(BY_LINK),  # the entry itself says who wrote it, and when
    "me.edit": Row(BY_LINK, "edited_entry"),
    "me.remove": Row(BY_LINK, "removed_entry"),
    "me.restore": Row(BY_LINK, "restored_entry"),
    "me.own_hours": Row(BY_LINK),
    "me.hours": Row(BY_LINK, "changed_hours"),
    "me.days": Row(BY_LINK),
    "me.away": Row(BY_LINK, "changed_away"),
    "me.turn_day": Row(BY_LINK, "changed_away"),
    "me.not_away": Row(BY_LINK, "changed_away"),
    "me.stop": Row(BY_LINK),
    "me.pause": Row(BY_LINK, "paused"),
    "me.resume": Row(BY_LINK, "resumed"),
    "me.leave": Row(BY_LINK, "left_team"),
    "me.come_back": Row(BY_LINK, "came_back"),
    "me.unsubscribe": Row(BY_LINK),
    "me.one_click": Row(BY_LINK, "unsubscribed"),
    "me.resubscribe": Row(BY_LINK, "resumed"),
    # mail settings
    "setup.mail": Row("change_mail_settings"),
    "setup.save_mail": Row("change_mail_settings", "changed_mail_settings"),
    "setup.send_test": Row("change_mail_settings", "sent_test_mail"),
    "setup.test": Row("change_mail_settings"),
    "setup.test_state": Row("change_mail_settings"),
    "relays.index": Row("change_relays"),
    "relays.new": Row("change_relays"),
    "relays.add": Row("change_relays", "added_relay"),
    "relays.one": Row("change_relays"),
    "relays.change": Row("change_relays", "changed_relay"),
    "relays.try_new": Row("change_relays", "tried_relay"),
    "relays.try_one": Row("change_relays", "tried_relay"),
    "relays.try_instance": Row("change_relays", "tried_relay"),
    "relays.remove": Row("change_relays", "removed_relay"),
    "dkim.index": Row("change_dkim"),
    "dkim.make": Row("change_dkim", "made_dkim_key"),
    "dkim.check": Row("change_dkim"),  # looks, and remembers when the record was seen
    "dkim.switch_on": Row("change_dkim", "switched_dkim_key_on"),
    "dkim.retire": Row("change_dkim", "retired_dkim_key"),
    "dkim.remove": Row("change_dkim", "removed_dkim_key"),
    "keeping.index": Row("change_retention"),
    "keeping.save": Row("change_retention", "changed_retention"),
    # the instance
    "system.index": Row("see_system"),
    "system.numbers": Row("see_system"),
    "system.as_json": Row("see_system"),
    # deliveries
    "deliveries.index": Row("see_deliveries"),
    "deliveries.as_csv": Row("see_deliveries"),
    "deliveries.one": Row("see_deliveries"),
    "chain.show": Row("see_deliveries"),
    "chain.of_delivery": Row("see_deliveries"),
    "chain.of_entry": Row("see_deliveries"),
    "delivery_health.index": Row("see_deliveries"),
    "delivery_health.table": Row("see_deliveries"),
    "runs.show": Row("see_deliveries"),
    "runs.numbers": Row("see_deliveries"),
    "runs.as_json": Row("see_deliveries"),
    "runs.as_csv": Row("see_deliveries"),
    "runs.pause": Row("stop_runs", "paused_run"),
    "runs.resume": Row("stop_runs", "resumed_run"),
    "runs.cancel": Row("stop_runs", "cancelled_run"),
    "runs.requeue": Row("send_rest", "requeued"),
    "doubts.index": Row("settle_doubts"),
    "doubts.as_csv": Row("settle_doubts"),
    "doubts.settle": Row("settle_doubts", "settled_doubts"),
    "doubts.take_back": Row("settle_doubts", "took_back"),
    "held.index": Row("read_held"),
    "held.one": Row("read_held"),
    "held.source": Row("read_held"),
    "held.again": Row("read_held", "read_mail_again"),
    "held.all_again": Row("read_held", "read_mail_again"),
    "held.dismiss": Row("read_held", "dismissed_mail"),
    "held.choose": Row("read_held"),
    "held.assign": Row("read_held", "assigned_mail"),
    "held.mark_robot": Row("read_held", "marked_robot"),
    "held.robots": Row("read_held"),
    "held.unmark_robot": Row("read_held", "unmarked_robot"),
    "reread.index": Row("read_held"),
    "reread.numbers": Row("read_held"),
    "reread.begin": Row("read_held", "began_rereading"),
    "reread.choose": Row("read_held"),  # what is ticked; the act is the approval
    "reread.approve": Row("read_held", "approved_rereading"),
    "reread.drop": Row("read_held", "dropped_rereading"),
    "mailbox.index": Row("read_mailbox"),
    "mailbox.one": Row("read_mailbox"),
    "mailbox.frame": Row("read_mailbox"),
    "mailbox.reply": Row("read_mailbox"),  # of a local instance alone: it plays a person who answers
    # how pages are made
    "design.show": Row("see_design"),
    "design.part": Row("see_design"),
    "design.nothing": Row("see_design"),  # an example's button: nothing changes
    # machines
    "health.livez": Row(MACHINE),
    "health.readyz": Row(MACHINE),
    "health.metrics": Row(MACHINE),
    "hooks.raw": Row(MACHINE),
    "hooks_events.events": Row(MACHINE),
}
