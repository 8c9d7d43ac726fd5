"""What the people who run a hall do on its server: certificates, tablets, backup and restore.

Whatever is here is a command of `python -m voting.cli`; docs/operations.md says when it is used.
"""
