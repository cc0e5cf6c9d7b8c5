"""STORY settle: a doubt ends by proof, policy or a person; what did not go out is sent again; the same row every time.

`doubts` lists and ends doubts, `rest` queues again what failed, `again` lays rows into new batches for both.
"""
