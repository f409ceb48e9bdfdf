"""The embedded demo on this machine: loopback only, mail on the console, one-click log-ins."""

from hub.settings.base import *  # noqa: F403
from hub.settings.base import env

DEMO = True
# Not a secret: production refuses to start with it (hub.checks).
SECRET_KEY = "demo-key-not-for-production-" + "0" * 32
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
