"""Request limits of the API."""

from rest_framework import throttling


class AnonThrottle(throttling.AnonRateThrottle):
    pass


class UserThrottle(throttling.UserRateThrottle):
    pass
