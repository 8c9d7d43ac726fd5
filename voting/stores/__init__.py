"""The databases that can hold an instance: SQLite, a file of its own, or PostgreSQL, a server.

Each module gives `voting.db` the same five things: `prepare(engine)` sets up its connections,
`READS` are the options of a snapshot, `turn(engine)` waits outside of any transaction until this
process may write, `goes_on(connection)` tells whether a transaction outlived an error, and
`sweep(engine)` rewrites what would tell an order of arrival.
"""
