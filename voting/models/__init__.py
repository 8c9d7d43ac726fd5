"""The tables: `office` knows deputies and never a ballot, `box` knows ballots and never a deputy.

Neither module imports the other and no foreign key joins them.
"""
