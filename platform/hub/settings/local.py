"""A platform of one's own on this machine (`python3 dev.py up`): as the demo, but with real log-ins only.

The launcher makes a SECRET_KEY for the installation and passes it in.
"""

from hub.settings.demo import *  # noqa: F403
from hub.settings.demo import env

DEMO = False
SECRET_KEY = env.str("SECRET_KEY")
