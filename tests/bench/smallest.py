"""The smallest Flask app that takes what is posted: the limit of every HTTP measure."""

from __future__ import annotations

from flask import Flask, request

app = Flask(__name__)


@app.post("/")
def take() -> dict[str, bool]:
    """Read the body, answer in JSON."""
    return {"taken": bool(request.get_data())}
