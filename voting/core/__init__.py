"""The pure core: values, formats, rules. No Flask, no database, no clock, no randomness."""
