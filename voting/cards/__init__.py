"""Cards and their printing: by the server, or on a computer that the server never sees.

`python -m voting.cards ROSTER --congress ID --out FILE` makes every deputy's card offline, prints
the sheets, and writes the public keys alone, which the secretariat imports.
"""
