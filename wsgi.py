"""What gunicorn serves: `gunicorn -c python:voting.server wsgi:app`."""

from voting.app import create_app
from voting.config import Config

app = create_app(Config.from_environment())
