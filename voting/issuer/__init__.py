"""The issuer: a process of its own that signs blinded ballot keys for deputies who checked in.

It holds the issuing key in memory only, in child processes whose exit destroys it (`vault`), checks
every request itself against its own copy of definition and roster (`service`), writes its journal
before it answers (`journal`), and is spoken to over a Unix socket (`protocol`, `client`). It
imports the core and nothing of the server. `python -m voting.issuer FOLDER` runs it.
"""
