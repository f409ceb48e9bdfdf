"""Filters shared by pages and API."""

from enterprises.filters.industries import IndustryFilter

__all__ = ["IndustryFilter"]
