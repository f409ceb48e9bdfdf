"""Fixtures for every test. The servers come from the plugin `launcher.pytest_stack`."""
