"""The page of an error. It needs no ledger, since the ledger may be the trouble."""

from __future__ import annotations

from policytrack.errors import PolicytrackError
from policytrack.output.pretty import visible
from policytrack.serve.pages import template


def error_page(error: PolicytrackError, status: int) -> bytes:
    """Return the page that says what is wrong and what to do."""
    text: str = template("error.html").render(
        what=visible(error.what), hint=visible(error.hint), code=error.code, status=status
    )
    return text.encode()
