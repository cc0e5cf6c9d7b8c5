"""Which function gives the content of each kind of run. Adding a mail is one line here (docs/howto/add-a-mail.md)."""

from __future__ import annotations

from engine.campaigns.content.trial import notice_mails
from engine.campaigns.letters import campaign_mails
from engine.campaigns.posting import campaign_posts
from engine.conversations import letters as talk
from engine.inbound.fanout import answer_posts, answers_now
from engine.outbound.drafts import Contents
from engine.outbound.mending import corrections
from engine.rounds.checkin import nudge_mails, prompt_mails
from engine.rounds.comment_mails import comment_mails
from engine.rounds.digest import digest_mails
from engine.rounds.posts import digest_posts, round_posts

# What posts that are out are to say now.
_NOW: dict[str, Contents] = {"post": answers_now, "round_post": round_posts, "digest_post": digest_posts}
CONTENTS: dict[str, Contents] = {
    "notice": notice_mails,
    "talk": talk.talk_mails,
    "talk_notice": talk.notice_mails,
    "talk_digest": talk.digest_mails,
    "prompt": prompt_mails,
    "nudge": nudge_mails,
    "comment": comment_mails,
    "digest": digest_mails,
    "post": answer_posts,
    "round_post": round_posts,
    "digest_post": digest_posts,
    "correction": corrections(_NOW),
    "campaign": campaign_mails,
    "campaign_post": campaign_posts,
}
