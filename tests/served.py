"""What gunicorn serves in most tests: the product's app, where passwords are quick to check."""

from __future__ import annotations

from tests.passwords import QUICK
from voting.app import create_app
from voting.config import Config
from voting.web import auth

auth._hasher = QUICK
app = create_app(Config.from_environment())
