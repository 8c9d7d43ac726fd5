"""Piaojue 票决: a secret ballot in the hall, as quick as keypads, and proven.

This package imports nothing, so that the verifier runs where Flask is not installed.
"""

__version__ = "0.1.0"
