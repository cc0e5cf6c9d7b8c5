"""The delivery: one recipient of one run. `sending` is not a state; it is an open row at or below the horizon."""

from engine.states.table import Move, State, StateTable

OPEN = ("queued", "deferred")

DELIVERY = StateTable(
    "delivery",
    (
        State("queued", "Planned; its content has not been accepted anywhere.", "the worker that claims its batch",
              "the sweep offers the batch again, until useful_until expires the row"),
        State("deferred", "Refused for now with a 4xx; waits in a retry batch.", "the worker that claims that batch",
              "useful_until expires it"),
        State("in_doubt", "Content may have left and no answer is known.",
              "proof (event, reply, click), a person, or the run's policy", "policy hold keeps it listed"),
        State("sent", "The receiver took responsibility (250, or the service's ok).",
              "a provider event or a DSN", "it stays; this is the normal end"),
        State("delivered", "The provider says it reached the mailbox.", "a complaint or a late bounce", "it stays"),
        State("bounced", "Refused for good by the receiver.", "a person who re-queues it", "it stays"),
        State("failed", "We could not send it: render error, unsupported address, too large, given up.",
              "a person who re-queues it", "it stays"),
        State("suppressed", "Not sent, because the address must not get mail (suppression, allow-list, consent).",
              "nobody", "it stays", final=True),
        State("expired", "Not sent, because it was no longer useful.", "a person who re-queues it", "it stays"),
        State("cancelled", "Not sent, because a person stopped the run.", "a person who re-queues it", "it stays"),
        State("complained", "The recipient called it spam.", "nobody", "it stays", final=True),
    ),
    (
        Move("accept", OPEN, "sent", "The relay or service answered yes.", quiet=True),
        Move("defer", OPEN, "deferred", "A 4xx for this recipient: attempt + 1, moved to a retry batch (H7)."),
        Move("bounce", OPEN, "bounced", "A 5xx for this recipient."),
        Move("fail", OPEN, "failed", "We cannot send it, and say why."),
        Move("suppress", OPEN, "suppressed", "Found suppressed when planned or taken."),
        Move("expire", OPEN, "expired", "Past useful_until, or with nothing left to say, when taken."),
        Move("cancel", OPEN, "cancelled", "Its run was cancelled while it was above the horizon."),
        Move("doubt", OPEN, "in_doubt", "Its process died, or the line broke, after content may have left (H10)."),
        Move("prove_sent", ("in_doubt",), "sent", "Proof arrived that it was accepted (H13)."),
        Move("prove_bounced", ("in_doubt",), "bounced", "Proof arrived that it was refused (H13)."),
        Move("prove_deferred", ("in_doubt",), "deferred", "Proof arrived that it was refused for now (H13)."),
        Move("prove_unsent", ("in_doubt",), "queued",
             "Its process lives, and knows that its content never left (H13): sent now, no attempt burnt."),
        Move("resend", ("in_doubt",), "queued",
             "One listed second attempt, same Message-ID, counted as doubt_resent."),
        Move("give_up", ("in_doubt",), "failed", "A person decided that it did not arrive and need not."),
        Move("deliver", ("sent", "in_doubt"), "delivered", "The provider reported delivery."),
        Move("return_", ("sent", "delivered", "in_doubt"), "bounced", "A DSN or event reported a late bounce."),
        Move("complain", ("sent", "delivered", "in_doubt"), "complained", "A feedback loop reported it as spam."),
        Move("requeue", ("failed", "bounced", "expired", "cancelled"), "queued",
             "A person sends the rest: a new attempt of the same row."),
    ),
)  # fmt: skip
