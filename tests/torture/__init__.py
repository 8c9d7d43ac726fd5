"""`make torture`: a vote under kills, power cuts and other faults; what was promised is there."""
