"""Headless Chromium against a live server. Where there is no Chromium these tests are skipped, and say so."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts[-2:]:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: pages are not tested in a browser")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; the ORM would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


class Visitor:
    """Opens pages in a window of some width, and remembers what the browser complained about."""

    def __init__(self, browser: Any, root: str, **options: Any) -> None:
        options = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, **options}
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.root = root
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Any:
        self.page.goto(self.root + path)
        return self.page

    def log_in(self, client: Any, user: Any) -> None:
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.root}])


@pytest.fixture
def visit(chromium: Any, live_server: Any) -> Iterator[Any]:
    """`visit(width=360, java_script_enabled=False)` gives a Visitor."""
    visitors: list[Visitor] = []

    def start(width: int = 1280, **options: Any) -> Visitor:
        visitors.append(Visitor(chromium, live_server.url, viewport={"width": width, "height": 800}, **options))
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.context.close()
