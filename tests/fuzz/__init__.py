"""`make fuzz`: the verifier under a coverage-guided fuzzer, for as long as one likes."""
