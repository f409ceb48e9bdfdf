"""`{% load chains_ui %}`: small things for the pages of chains."""

from django import template

from foundation.web.links import link_if_any

register = template.Library()


@register.simple_tag
def url_if_any(name: str, *args: object) -> str:
    """The address of a page of another app, or nothing where this installation has no such page."""
    return link_if_any(name, *args)
