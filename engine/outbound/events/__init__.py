"""What mail providers report about mail they took: proven, kept as it came, matched to its delivery, and acted on.

`take` is the story. Each vendor's format is a module of its own, listed in `formats`: pure, a call in, events out.
"""
