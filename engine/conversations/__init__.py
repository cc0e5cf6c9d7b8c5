"""Conversations: one thread for each set of parties, its messages, how far who has read, and the log of changes."""
