"""The channel: a team's place in a chat service or a webhook."""

from engine.states.table import Move, State, StateTable

CHANNEL = StateTable(
    "channel",
    (
        State("active", "Gets posts.", "a permanent refusal, or a person", "it stays"),
        State("failing", "The service refused for good; its own words are kept.", "a person who mends or tests it",
              "posts wait as failed deliveries that can be sent again"),
        State("off", "A person disconnected it.", "a person", "it stays"),
    ),
    (
        Move("fail", ("active",), "failing", "The service refused a post for good."),
        Move("mend", ("failing", "off"), "active", "A test post was accepted, or a person connected it again."),
        Move("disconnect", ("active", "failing"), "off", "A person disconnected it."),
    ),
)  # fmt: skip
