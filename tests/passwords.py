"""Passwords that are quick to check: a fifth of a second each, and officials log in everywhere."""

from __future__ import annotations

from argon2 import PasswordHasher

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
