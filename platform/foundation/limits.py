"""Counting attempts atomically, in Valkey. If the counter cannot be asked, the answer is no (fail closed)."""

import hashlib
import logging

from django.core.cache import cache

log = logging.getLogger(__name__)


def allow(bucket: str, identity: str, *, limit: int, seconds: int) -> bool:
    """Count one attempt and say whether it is within `limit` per `seconds`. Parallel attempts each get their own
    number, so exactly `limit` of them pass."""
    key = _key(bucket, identity)
    try:
        for _attempt in range(3):
            cache.add(key, 0, timeout=seconds)
            try:
                return int(cache.incr(key)) <= limit
            except ValueError:
                continue  # it expired between the two calls
    except Exception:
        log.exception("limit %s could not be counted", bucket)
    return False


def forget(bucket: str, identity: str) -> None:
    """Start counting anew, after a success."""
    try:
        cache.delete(_key(bucket, identity))
    except Exception:
        log.exception("limit %s could not be reset", bucket)


def _key(bucket: str, identity: str) -> str:
    return f"limit:{bucket}:{hashlib.sha256(identity.encode()).hexdigest()}"
