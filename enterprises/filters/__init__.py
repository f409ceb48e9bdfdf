"""Filters of lists, shared by pages and API."""
