"""A witness: follows a congress's log from another machine and cosigns each head that continues it.

Run it with `python -m voting.witness`. It knows the core and nothing of the server: what it is told
counts for nothing until it has been verified. Its promise is one: it never signs two histories.
"""
