"""Sessions of a server that writes: a start link, a cookie, and a token in every form.

Any program of this computer can send requests here, also one of another user. Only a browser that has opened the start
link, which the terminal prints, gets the cookie. The forms hold a token made from the cookie, so that another page
cannot send them.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Final

COOKIE: Final = "policytrack_entry"


class Sessions:
    """The secrets of one run of the server."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        """The token of the start link."""
        self._session = secrets.token_urlsafe(32)
        self.form_token = hmac.new(secrets.token_bytes(32), self._session.encode(), sha256).hexdigest()
        """The token in the forms of the session."""

    def opens(self, token: str) -> bool:
        """Return whether a token is that of the start link."""
        return _is_same(token, self.token)

    def cookie(self) -> str:
        """Return the header that sets the cookie. Scripts cannot read it, and other sites' links do not send it."""
        return f"{COOKIE}={self._session}; Path=/; HttpOnly; SameSite=Strict"

    def holds(self, header: str) -> bool:
        """Return whether a `Cookie` header has the cookie of the session."""
        try:
            found = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        return found is not None and _is_same(found.value, self._session)

    def allows(self, form_token: str) -> bool:
        """Return whether a form has the token of the session."""
        return _is_same(form_token, self.form_token)


def _is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())
