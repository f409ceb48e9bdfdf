"""Where pages of the apps below are, for links from hub pages."""

from __future__ import annotations

from urllib.parse import urlencode

from chains.models import Chain
from enterprises.models import Enterprise, Post
from foundation.web.links import link_if_any
from regions.models import Region


def of_firm(firm: Enterprise) -> str:
    return link_if_any("enterprises:firm-show", firm.pk)


def of_post(post: Post) -> str:
    return link_if_any("enterprises:post-show", post.pk)


def of_chain(chain: Chain) -> str:
    return link_if_any("chains:chain-show", chain.slug)


def of_region(region: Region) -> str:
    return region.get_absolute_url()


def of_list(name: str, **query: str) -> str:
    """A list page with a filter set, or nothing where there is no such page."""
    url = link_if_any(name)
    return f"{url}?{urlencode(query)}" if url and query else url
