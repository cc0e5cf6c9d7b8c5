"""Which function gives the content of each kind of run. Adding a mail is one line here (docs/howto/add-a-mail.md)."""

from __future__ import annotations

from engine.inbound.fanout import answer_posts, answers_now
from engine.outbound.drafts import Contents
from engine.outbound.mending import corrections
from engine.outbound.notices import notice_mails
from engine.rounds.checkin import nudge_mails, prompt_mails
from engine.rounds.digest import digest_mails

_POSTS: dict[str, Contents] = {"post": answers_now}  # what posts that are out are to say now
CONTENTS: dict[str, Contents] = {
    "notice": notice_mails,
    "prompt": prompt_mails,
    "nudge": nudge_mails,
    "digest": digest_mails,
    "post": answer_posts,
    "correction": corrections(_POSTS),
}
