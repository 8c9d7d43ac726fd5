"""Programs that try to join deputies to ballots, better than chance: `make attack`."""
