"""Guards the server: which hosts and methods it answers, and the headers of every answer.

A page of a stranger can make a browser on this computer send requests here. It cannot read the answers, unless its host
name is made to point here (DNS rebinding): so only names of this computer are answered.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

HOST: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
"""Host headers that are answered."""
METHODS: Final = ("GET", "HEAD")
ENTRY: Final = ("/record", "/correct/", "/retract/", "/import")
"""Beginnings of the addresses that write, if the server was started so."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Headers of every answer. A browser may store an answer, but asks with its ETag whether it is still right."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """An ASGI application around another: refuses what is not for it, and adds `HEADERS`."""

    def __init__(self, app: App, *, is_writable: bool = False) -> None:
        self._app, self._is_writable = app, is_writable

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                more = [
                    (name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given
                ]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        is_entry = self._is_writable and scope["path"].startswith(ENTRY)
        refusal = refused(scope["method"], scope["headers"], is_entry=is_entry)
        if refusal is None:
            await self._app(scope, receive, guarded)
            return
        status, text = refusal
        body = b"" if scope["method"] == "HEAD" else text.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        if status == 405:
            headers.append((b"allow", ", ".join((*METHODS, "POST") if is_entry else METHODS).encode()))
        await guarded({"type": "http.response.start", "status": status, "headers": headers})
        await guarded({"type": "http.response.body", "body": body})


def refused(method: str, headers: list[tuple[bytes, bytes]], *, is_entry: bool = False) -> tuple[int, str] | None:
    """Return the status and text with which a request is refused; None if it is answered.

    An address of the entry also gets POST, from a page of this server: browsers name the page's origin in it.
    """
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0]):
        return 400, "This server answers only at 127.0.0.1, localhost and [::1]. Use the address that it printed.\n"
    if method == "POST" and is_entry:
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        if origins != [f"http://{hosts[0]}"]:
            return 403, "Only forms of this server may write. Open the form at the address that it printed.\n"
    elif method not in METHODS:
        return 405, "This server is read-only: it answers GET and HEAD. Record events with `policytrack record`.\n"
    sent = {name: value for name, value in headers if name in (b"sec-fetch-site", b"sec-fetch-mode")}
    if sent.get(b"sec-fetch-site") == b"cross-site" and sent.get(b"sec-fetch-mode") != b"navigate":
        return 403, "Other sites may link to this server, and not load parts of it.\n"
    return None
