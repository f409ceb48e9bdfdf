"""Health check of the web container: asks /healthz/ as the proxy in front of it would."""

import os
import sys
import urllib.error
import urllib.request

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
request = urllib.request.Request("http://127.0.0.1:8000/healthz/", headers={"Host": host, "X-Forwarded-Proto": "https"})
try:
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (a fixed address)
        sys.exit(0 if answer.status == 200 else 1)
except urllib.error.URLError as error:
    sys.exit(f"/healthz/: {error}")
