"""The web: each module serves one audience; a handler parses, calls one step, and renders."""
