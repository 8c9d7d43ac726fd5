"""The steps of a vote, one file each, in the order in which a vote goes:

prepare → checkin → issue → register → freeze → cast → release → close → publish → export.

A step is one transaction with its log entry in it, and may be asked for again: what was done is
answered, not done twice. A step refuses with `voting.core.errors.Refused`; then nothing changed.
"""
