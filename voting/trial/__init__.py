"""Test votes, for scrutineers at a computer of their own: tablets that lie are caught by ballots
whose marks somebody knows.

    python -m voting.trial draw definition.json --tablets 320 --test 12 --out tasks.json
    python -m voting.trial compare tasks.json record.zip

It draws tablets and marks, so neither the server nor whoever runs it knows them before; then it
holds the published record of the trial against them.
"""
