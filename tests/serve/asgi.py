"""Asks the application in this process, without a server or a socket."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from policytrack.serve.guard import App

HOST: Final = "127.0.0.1:8765"
ORIGIN: Final = f"http://{HOST}"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answered:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden inputs of the form."""
        found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.text)
        return {name: html.unescape(value) for name, value in found}

    @property
    def shown(self) -> dict[str, str]:
        """The values of the inputs that a person sees."""
        found = re.findall(r'<input id="[^"]*" name="([^"]+)" value="([^"]*)"', self.text)
        found += re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>\n(.*?)</textarea>', self.text, re.DOTALL)
        for select in re.findall(r"<select .*?</select>", self.text, re.DOTALL):
            name = re.findall(r'name="([^"]+)"', select)[0]
            found += [(name, value) for value in re.findall(r'<option value="([^"]*)" selected', select)]
        return {name: html.unescape(value) for name, value in found if value}

    @property
    def summary(self) -> str:
        """The text of the box at the top."""
        box = re.search(r'<section class="summary".*?</section>', self.text, re.DOTALL)
        return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", box[0]))).strip() if box else ""


@dataclass
class Browser:
    """Asks an application, and keeps its cookie."""

    app: App
    cookie: str = field(default="")

    def get(self, path: str, **headers: str) -> Answered:
        """Ask for an address."""
        return self.send("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, Any], **headers: str) -> Answered:
        """Send a form as its page does."""
        sent = {"origin": ORIGIN, "content_type": FORM, **headers}
        return self.send("POST", path, urlencode(fields, doseq=True).encode(), sent)

    def upload(
        self, path: str, fields: Mapping[str, str], name: str, body: bytes, **more: tuple[str, bytes]
    ) -> Answered:
        """Send a form with files, as a browser does; `more` are name and content by input."""
        pieces = [
            f'Content-Disposition: form-data; name="{one}"\r\n\r\n{value}'.encode() for one, value in fields.items()
        ]
        for one, (filename, content) in {"file": (name, body), **more}.items():
            pieces.append(
                f'Content-Disposition: form-data; name="{one}"; filename="{filename}"\r\n\r\n'.encode() + content
            )
        sent = b"".join(b"--xyz\r\n" + piece + b"\r\n" for piece in pieces) + b"--xyz--\r\n"
        return self.send("POST", path, sent, {"origin": ORIGIN, "content_type": "multipart/form-data; boundary=xyz"})

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Send a request; a header without a value is left out."""
        given = {"host": HOST, **({"cookie": self.cookie} if self.cookie else {}), **headers}
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value]
        parts = urlsplit(path)
        scope = {
            "type": "http", "method": method, "path": parts.path, "raw_path": quote(parts.path).encode(),
            "query_string": parts.query.encode(), "headers": raw, "server": ("127.0.0.1", 8765), "scheme": "http",
            "http_version": "1.1", "root_path": "", "client": ("127.0.0.1", 1),
        }  # fmt: skip
        sent: list[Any] = []
        pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)] or [b""]

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0) if pieces else b""
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        got = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        self.cookie = got.get("set-cookie", self.cookie).partition(";")[0]
        return Answered(sent[0]["status"], got, text)
