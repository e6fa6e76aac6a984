"""A real browser for the tests of the page: `pip install playwright`, and chromium of the system.

A module of tests that imports this one is skipped where either is missing.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import harness
import pytest

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("needs chromium", allow_module_level=True)
REBOUND = "rebound.example"  # a name that another site has chosen, and that means this machine
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
]
expect = playwright.expect


@contextmanager
def launched() -> Iterator[Any]:
    """A browser without a window, and with an empty profile of its own."""
    expect.set_options(timeout=harness.PATIENCE * 1000)
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opener(browser: Any, port: int) -> Iterator[Callable[..., Any]]:
    """A function that opens the page with a hash; a message of the browser about a fault fails the test."""
    faults: list[str] = []
    hosts: set[str] = set()
    pages: list[Any] = []

    def open_(place: str = "", **options: Any) -> Any:
        page = browser.new_page(**options)
        page.on("pageerror", lambda problem: faults.append(str(problem)))
        page.on(
            "console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None
        )
        page.on("dialog", lambda dialog: faults.append("a dialog"))
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(f"http://127.0.0.1:{port}/{place}")
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert not faults
    assert hosts == {f"127.0.0.1:{port}"}, "the page loads nothing from elsewhere"
