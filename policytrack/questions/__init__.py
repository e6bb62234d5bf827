"""Named questions: each is one SQL file over the views, asked at coordinates, answered as an Arrow table."""

from policytrack.questions.ask import Filters, ask, check_filters, identify, resolve_event

__all__ = ["Filters", "ask", "check_filters", "identify", "resolve_event"]
