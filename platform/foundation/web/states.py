"""How a state looks: a word, a mark and a tone. Colour never says it alone."""

from __future__ import annotations

from typing import Final

MARKS: Final = {
    "good": "✓",
    "action": "→",
    "wait": "…",
    "warn": "!",
    "bad": "✕",
    "over": "–",
    "neutral": "",
    "tint": "",
}

_STATES: Final = {
    "good": "verified published matched agreed accepted completed fulfilled done succeeded active approved effective "
    "answered resolved valid open on_time useful",
    "action": "negotiating terms_check in_delivery running sent processing consultation",
    "wait": "draft submitted checking review in_review pending queued waiting scheduled acknowledged proposed invited",
    "warn": "needs_info recheck_due expiring warning overdue parked escalated retrying insufficient",
    "bad": "rejected suspended failed declined terminated refused blocked revoked invalid cancelled",
    "over": "expired withdrawn lapsed archived closed superseded retired left",
}
_TONES: Final = {state: tone for tone, states in _STATES.items() for state in states.split()}


def tone_of(state: str) -> str:
    """The tone of a state's key (`needs-info` and `NEEDS_INFO` are one); an unknown state is neutral."""
    return _TONES.get(state.lower().replace("-", "_"), "neutral")
