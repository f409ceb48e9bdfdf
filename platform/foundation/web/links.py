"""Links that may be given as a path or as the name of a page."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def resolve_link(target: object, *args: object) -> str:
    """`/path`, `?query`, `#anchor` and full addresses stay; anything else is a page's name.

    Raises NoReverseMatch for a name that does not exist, so a typing error shows at once.
    """
    text = str(target or "")
    if not text or text.startswith(("/", "?", "#", "http://", "https://", "mailto:", "tel:")):
        return text
    return reverse(text, args=args)


def link_if_any(name: str, *args: object) -> str:
    """The page's address, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def with_query(request: HttpRequest | None, **changes: str | None) -> str:
    """This page's query string with some parameters set or (None) taken out."""
    if request is None:
        return "?"
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}"
