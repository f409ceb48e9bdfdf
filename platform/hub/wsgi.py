"""WSGI door, for gunicorn."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.production")
django.setup(set_prefix=False)

from foundation.web.requests import Handler  # noqa: E402 (needs the settings)

application = Handler()

from hub.checks import refuse_unsafe_start  # noqa: E402 (needs the apps loaded)

refuse_unsafe_start()
