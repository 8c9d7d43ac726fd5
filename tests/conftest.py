"""What the tests share: hypothesis without deadlines, and servers of their own."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("piaojue", deadline=None)
settings.load_profile("piaojue")
