"""The tests of reports look at them in a browser."""

from tests.browser import new_page

__all__ = ["new_page"]
