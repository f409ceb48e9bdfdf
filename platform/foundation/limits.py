"""Counting attempts atomically, in Valkey. If the counter cannot be asked, the answer is no (fail closed)."""

import hashlib
import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from foundation.models import User

log = logging.getLogger(__name__)


def allow(bucket: str, identity: str, *, limit: int, seconds: int) -> bool:
    """Count one attempt and say whether it is within `limit` per `seconds`. Parallel attempts each get their own
    number, so exactly `limit` of them pass."""
    try:
        return count(bucket, identity, limit=limit, seconds=seconds)
    except Exception:
        log.exception("limit %s could not be counted", bucket)
    return False


def count(bucket: str, identity: str, *, limit: int, seconds: int) -> bool:
    """As `allow`, but raises what the cache raises while it is away: the page says so (CacheAwayMiddleware), instead
    of blaming somebody who tried once."""
    key = _key(bucket, identity)
    for _attempt in range(3):
        cache.add(key, 0, timeout=seconds)
        try:
            return int(cache.incr(key)) <= limit
        except ValueError:
            continue  # it expired between the two calls
    return False


def allow_caller(bucket: str, request: HttpRequest, *, user: User | None, per_user: int, per_visitor: int) -> bool:
    """Count one request of this minute, by person or else by network address."""
    if user is not None:
        return allow(bucket, f"user:{user.pk}", limit=per_user, seconds=60)
    return allow(bucket, f"from:{address_of(request)}", limit=per_visitor, seconds=60)


def address_of(request: HttpRequest) -> str:
    """The caller's network address. Of X-Forwarded-For only what our own proxies wrote is believed: its last
    `TRUSTED_PROXY_COUNT` entries."""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    count = settings.TRUSTED_PROXY_COUNT
    address = hops[-count].strip() if 0 < count <= len(hops) else ""
    return address or str(request.META.get("REMOTE_ADDR", ""))


def forget(bucket: str, identity: str) -> None:
    """Start counting anew, after a success."""
    try:
        cache.delete(_key(bucket, identity))
    except Exception:
        log.exception("limit %s could not be reset", bucket)


def _key(bucket: str, identity: str) -> str:
    return f"limit:{bucket}:{hashlib.sha256(identity.encode()).hexdigest()}"
