"""Runs built-in queries: each is one SQL file over the views, run at coordinates, with an Arrow table as result."""

from policytrack.questions.ask import Filters, ask, ask_some, check_filters, identify, resolve_event

__all__ = ["Filters", "ask", "ask_some", "check_filters", "identify", "resolve_event"]
