"""The test suite: real PostgreSQL and Valkey, no pool, fast hashing, mail kept in memory."""

from hub.settings.demo import *  # noqa: F403
from hub.settings.demo import DATABASES, REST_FRAMEWORK, TEMPLATES

# A pool would hold connections open while pytest-django drops the test database.
DATABASES["default"]["OPTIONS"].pop("pool", None)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
REST_FRAMEWORK = REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"anon": None, "user": None}}
# A template that asks for a variable nobody passed is a bug.
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = ""
WHITENOISE_AUTOREFRESH = True
