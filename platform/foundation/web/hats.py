"""Which of a person's workspaces is open. The hub offers the choice; any app may read it.

A hat is `kind-id`: `firm-12`, `leader-3` (a chain's id), `official-510000` (a region's code), `operator-0`. It is a
convenience for the menu and for defaults, never a permission: what may be seen is decided by `visible_to`.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

SESSION_KEY: Final = "hat"
KINDS: Final = ("firm", "leader", "official", "operator")


def chosen(request: HttpRequest) -> tuple[str, str]:
    """(kind, id) as chosen in this session, or two empty strings."""
    session = getattr(request, "session", None)
    kind, _dash, pk = str(session.get(SESSION_KEY, "") if session is not None else "").partition("-")
    return (kind, pk) if kind in KINDS else ("", "")


def chosen_id(request: HttpRequest, kind: str) -> str:
    """The id of the chosen hat if it is of this kind: `chosen_id(request, "firm")`."""
    found, pk = chosen(request)
    return pk if found == kind else ""


def choose(request: HttpRequest, kind: str, pk: object) -> None:
    request.session[SESSION_KEY] = f"{kind}-{pk}"
