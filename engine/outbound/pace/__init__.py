"""How fast each relay may be served, shared by all workers through rows: breaker, connections, messages a second and a
day, and what receivers' answers have earned.

`routing` claims only what may go now, and says where; `keeping` is what a process does about once a second; `breaker`
writes what relays refuse; `why` says what a waiting row waits for. The rest is arithmetic.
"""
