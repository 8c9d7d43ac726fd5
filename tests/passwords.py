"""Passwords that are quick to check: a real one takes a fifth of a second at each log-in."""

from __future__ import annotations

from argon2 import PasswordHasher

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
