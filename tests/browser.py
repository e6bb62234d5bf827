"""A real browser for the tests of pages: Chromium of the distribution. Without one, the tests skip, with the reason."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

# Without these, Chromium looks for updates and hosts of its maker at every start.
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def new_page() -> Iterator[Callable[[], Page]]:
    """Opens a blank page; an error of a script on any of them fails the module."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed (package chromium): pages are not tested")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pages are not tested")
    errors: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(_QUIET))

        def noticed(message: ConsoleMessage) -> None:
            # Tests open pages that do not exist, and send forms with errors.
            if message.type == "error" and not re.search("status of (404|422)", message.text):
                errors.append(message.text)

        def opened() -> Page:
            page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", noticed)
            return page

        yield opened
        browser.close()
    assert not errors, errors


LOOKS: Final = ((1280, "light"), (1280, "dark"), (390, "light"))
"""Widths and colours of a page: a screen, the same in the dark, and a phone."""


def barriers_in_all_looks(page: Page, looks: Sequence[tuple[int, str]] = LOOKS) -> list[str]:
    """What `barriers` finds in each of the looks, and whether the page is too wide for one."""
    found = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found += barriers(page)
        if (needed := page.evaluate("() => document.documentElement.scrollWidth")) > width:
            found.append(f"the page needs {needed} px of {width}")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    return found


def barriers(page: Page) -> list[str]:
    """What axe finds on a page that keeps people from using it: rule, and the first element at fault."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]
