"""The record of acts: who did what, when, to what. Written where somebody acts, read by admins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.db import Conn
from engine.people import rights
from engine.people.acts import queries
from engine.people.principal import OPERATOR, Principal

PAGE = 100
KEPT = timedelta(days=730)
LONGEST = 500  # characters of `about` and `detail`

# Every act that is recorded, with the words of its page: "Ada changed the schedule".
ACTS = {
    "signed_in": "signed in",
    "signed_out": "signed out",
    "ended_sessions": "ended sessions",
    "changed_password": "changed the password",
    "asked_for_a_link": "had a link mailed",
    "set_up": "set up the workspace",
    "invited": "invited",
    "invited_again": "sent an invitation again",
    "revoked_invitation": "revoked an invitation",
    "accepted_invitation": "accepted the invitation",
    "changed_account_role": "changed the role of an account",
    "handed_over": "handed over the ownership",
    "made_account": "made an account",
    "removed_account": "removed an account",
    "left_workspace": "left the workspace",
    "saved_content": "saved what a campaign says",
    "added_campaign_file": "added a file to a campaign",
    "sent_campaign_test": "sent themselves a test of a campaign",
    "restored_content": "went back to an older version of a campaign",
    "made_team": "made a team",
    "renamed_team": "changed name or zone of a team",
    "changed_plain_address": "changed the address of",
    "changed_schedule": "changed the schedule",
    "skipped_today": "skipped today",
    "added_days_off": "added days off",
    "removed_day_off": "took a day off back",
    "paused_team": "paused the team",
    "resumed_team": "resumed the team",
    "asked_now": "asked now",
    "added_member": "added a member",
    "changed_member_role": "changed the role of a member",
    "changed_hours": "changed hours",
    "changed_away": "changed days away",
    "paused": "paused",
    "resumed": "resumed",
    "skipped_question": "skipped a question",
    "undid": "took their last order or answer back",
    "removed_answer": "removed an answer of",
    "restored_answer": "restored an answer of",
    "edited_answer": "changed their last answer",
    "changed_receipt": "changed how they hear what was recorded",
    "removed_member": "removed a member",
    "left_team": "left the team",
    "came_back": "came back to the team",
    "unsubscribed": "unsubscribed",
    "lifted_suppression": "let an address get mail again",
    "answered_person": "wrote to",
    "wrote_note": "wrote a note about",
    "took_note_back": "took a note back in a conversation with",
    "assigned_conversation": "assigned the conversation with",
    "changed_conversation": "opened or closed the conversation with",
    "ended_person_link": "took back the link of",
    "changed_hearing": "changed how they hear of messages",
    "edited_entry": "changed an entry of",
    "removed_entry": "removed an entry of",
    "restored_entry": "restored an entry of",
    "commented_entry": "commented on an entry of",
    "commented_day": "commented on a day of",
    "removed_comment": "removed a comment of",
    "restored_comment": "put back a comment of",
    "connected_channel": "connected a channel",
    "changed_channel": "changed a channel",
    "tested_channel": "sent a test post",
    "sent_posts_again": "sent failed posts once more",
    "disconnected_channel": "disconnected a channel",
    "mended_channel": "connected a channel again",
    "changed_mail_settings": "changed the mail settings",
    "sent_test_mail": "sent a test mail",
    "added_relay": "added a relay",
    "changed_relay": "changed a relay",
    "tried_relay": "tried a relay",
    "removed_relay": "removed a relay",
    "paused_run": "paused a run",
    "resumed_run": "resumed a run",
    "cancelled_run": "cancelled a run",
    "requeued": "sent the rest of a run",
    "settled_doubts": "settled doubts",
    "took_back": "took a word about doubts back",
    "read_mail_again": "had a mail read again",
    "dismissed_mail": "let held mail be",
    "assigned_mail": "assigned a mail",
    "marked_robot": "marked a sender as a robot",
    "unmarked_robot": "took a robot's mark back",
    "began_rereading": "had mails of before read anew",
    "approved_rereading": "let a newer reading apply",
    "dropped_rereading": "dropped a newer reading",
    "let_in": "let in",
    "turned_away": "turned away",
    "held_again": "had wait again",
    "made_segment": "made a segment",
    "changed_segment": "changed a segment",
    "archived_segment": "archived a segment",
    "restored_segment": "brought back a segment",
    "made_dkim_key": "made a DKIM key",
    "switched_dkim_key_on": "let a DKIM key sign",
    "retired_dkim_key": "retired a DKIM key",
    "removed_dkim_key": "removed a DKIM key",
    "uploaded_people": "uploaded a list of people",
    "tried_import": "tried an import of people",
    "began_import": "imported people",
    "stopped_import": "stopped an import of people",
    "undid_import": "took an import of people back",
    "changed_retention": "changed how long things are kept",
    "changed_tracking": "changed what is tracked",
    "changed_campaign_limits": "changed the limits of campaigns",
    "settled_leaving": "settled held unsubscriptions behind",
    "added_contact": "added a person",
    "changed_contact": "changed what is known of",
    "said_consent": "wrote down what somebody wants to get",
    "suppressed": "let an address get nothing more",
    "asked_for_erasure": "erased a person",
    "defined_attribute": "made an attribute",
    "removed_attribute": "removed an attribute",
    "made_topic": "made a topic",
    "renamed_topic": "renamed the topic",
    "archived_topic": "asks nobody any more about the topic",
    "restored_topic": "asks about the topic again",
    "made_campaign": "made a campaign",
    "changed_campaign": "changed a campaign",
    "tried_campaign": "tried a campaign with everybody it is for",
    "asked_for_approval": "asked for a second yes to a campaign",
    "approved_campaign": "approved a campaign",
    "launched_campaign": "launched a campaign",
    "sent_campaign_rest": "sent the rest of a campaign",
    "wrote_to_person": "wrote to",
    "paused_campaign": "paused a campaign",
    "resumed_campaign": "let a campaign go on",
    "cancelled_campaign": "cancelled a campaign",
    "took_campaign_back": "took a campaign back",
    "backed_up": "backed up the database",
    "restored": "restored the database",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `who` and `about` are the names of that day; `detail` is what changed, or empty."""

    id: int
    at: datetime
    actor: str
    who: str
    act: str
    noun: str
    object_id: int | None
    about: str
    detail: str

    @property
    def words(self) -> str:
        """What was done, as people say it; an act of another release by its bare name."""
        return ACTS.get(self.act, self.act.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Which:
    """A filter; what is empty does not narrow. `since` is included, `until` is not; `before` is the last id seen."""

    act: str = ""
    person: str = ""  # part of a name, of who acted or of whom it was about
    noun: str = ""
    object_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def note(
    conn: Conn, who: Principal, act: str, now: datetime, noun: str = "", object_id: int | None = None,
    about: str = "", detail: str = "",
) -> None:  # fmt: skip
    """Record an act of `who`. Raises KeyError for an act that ACTS does not know."""
    ACTS[act]
    cut = [" ".join(text.replace("\0", "").split())[:LONGEST] for text in (about, detail)]
    queries.insert(conn, who, act, now, noun, object_id, *cut)


def note_by_operator(conn: Conn, act: str, now: datetime, runs: Sequence[int], detail: str = "") -> None:
    """Record an act of whoever uses the `sixpm` command: one about each of the runs, wherever they belong."""
    ACTS[act]
    queries.insert_about_runs(conn, OPERATOR, act, now, runs, detail[:LONGEST])


def listed(conn: Conn, principal: Principal, which: Which, limit: int = PAGE) -> Sequence[Act]:
    """The acts of a filter, latest first. Admins may."""
    rights.require(principal, "see_acts")
    return [Act(*tuple(row)) for row in queries.listed(conn, principal.workspace_id, which, limit)]


def tidy(conn: Conn, now: datetime) -> int:
    """Forget acts older than two years, and return how many; for retention."""
    return queries.drop_before(conn, now - KEPT)
