"""Request limits of the API: counted atomically, and a counter that cannot be asked says no (foundation.limits).

rest_framework's own way reads a list and writes it back, so parallel requests share one place in it, and it answers
500 while Valkey is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import throttling

from foundation import limits

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class _Atomic(throttling.SimpleRateThrottle):
    # Read from `rate` by the base class.
    num_requests: int | None
    duration: int | None

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.get_cache_key(request, view) if self.rate is not None else None
        if key is None:
            return True
        assert self.num_requests is not None
        assert self.duration is not None
        return limits.allow("api", key, limit=self.num_requests, seconds=self.duration)

    def wait(self) -> float | None:
        return self.duration


class AnonThrottle(_Atomic, throttling.AnonRateThrottle):
    pass


class UserThrottle(_Atomic, throttling.UserRateThrottle):
    pass
