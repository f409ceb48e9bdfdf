"""ASGI door."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.production")
django.setup(set_prefix=False)

from foundation.web.requests import AsyncHandler  # noqa: E402 (needs the settings)

application = AsyncHandler()

from hub.checks import refuse_unsafe_start  # noqa: E402 (needs the apps loaded)

refuse_unsafe_start()
