"""`{% load chains_ui %}`: small things for the pages of chains."""

from django import template

from foundation.web.links import link_if_any

register = template.Library()


@register.filter
def unless_begins(prefix: str, text: object) -> str:
    """The prefix, or nothing where the text begins with its words: "符合：" before "符合：…" is heard twice."""
    word = prefix.strip().rstrip("：:")
    return "" if str(text).startswith(word) else prefix


@register.simple_tag
def url_if_any(name: str, *args: object) -> str:
    """The address of a page of another app, or nothing where this installation has no such page."""
    return link_if_any(name, *args)
