"""The run: one workspace, one kind of mail, one tick or launch; and the batch: the part of it one worker leases."""

from engine.states.table import Move, State, StateTable

RUN = StateTable(
    "run",
    (
        State("open", "Its batches may be claimed.", "workers; the sweep closes it when no open row is left",
              "it stays open and listed"),
        State("paused", "A person stopped it; nothing above a horizon leaves.", "a person",
              "useful_until expires rows"),
        State("held", "The system stopped it and says why (MAIL FROM refused, restored from a backup).", "a person",
              "it stays listed with the reason"),
        State("done", "No open row is left.", "a resend or re-queue opens it again", "it stays"),
        State("cancelled", "A person ended it; rows that had not left are cancelled.", "a re-queue opens it again",
              "it stays"),
    ),
    (
        Move("pause", ("open",), "paused", "A person pauses it."),
        Move("hold", ("open", "paused"), "held", "The system holds it, with the reason."),
        Move("resume", ("paused", "held"), "open", "A person lets it go on."),
        Move("cancel", ("open", "paused", "held"), "cancelled", "A person cancels what has not left."),
        Move("finish", ("open",), "done", "The sweep found no open row.", quiet=True),
        Move("reopen", ("done", "cancelled"), "open", "Rows were re-queued or re-sent."),
    ),
)  # fmt: skip

BATCH = StateTable(
    "batch",
    (
        State("open", "May be claimed at next_at, or is leased.", "a worker; the scheduler when its lease is over",
              "the sweep offers it again for ever"),
        State("done", "No open row has this batch_id (H14).", "nobody", "it stays until retention", final=True),
        State("poisoned", "Five workers died holding it; its rows are failed with that reason.", "a person re-queues",
              "it stays listed", final=True),
    ),
    (
        Move("finish", ("open",), "done", "Its last row got an outcome or moved away.", quiet=True),
        Move("poison", ("open",), "poisoned", "It was taken over five times."),
    ),
)  # fmt: skip
