"""Mail that providers hand over by webhook: proven, read into a letter, kept as it came, and only then acknowledged.

Each provider is a module of its own, listed in `vendors`: pure, a call in, a letter out. What proves a call is shared
with the provider's events (engine.outbound.events). `letter` says what a letter is, `compose` makes a mail of one that
came in pieces, `stamp` writes above it what the provider says of its sender, `keep` keeps it.
"""
