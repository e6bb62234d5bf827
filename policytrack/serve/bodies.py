"""Reads the bodies of forms, within limits: URL-encoded, and for an upload also multipart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES: Final = 256 << 10
"""Bytes of a form."""
MOST_FILE: Final = 16 << 20
"""Bytes of a form with a file."""
_MOST_INPUTS: Final = 2000
HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "same-origin"}
"""Headers of forms. A browser names the origin of a form only if the policy of its page lets it send a referrer."""
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = re.compile(r'multipart/form-data; *boundary="?([A-Za-z0-9\'()+_,./:=? -]{1,70})"?')
_NAMED: Final = re.compile(r'(?:^|;) *(name|filename)="((?:[^"\\]|\\.)*)"')
FILE: Final = "file"
MAP_FILE: Final = "map_file"
"""The inputs of files. The name of each file is the value of its input, its bytes are in `Sent.files`."""


class Sent(list[tuple[str, str]]):
    """The inputs of a form in order, with the bytes of its files by input."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(pairs)
        self.files: dict[str, bytes] = {}


async def pairs_of(request: Request, *, most: int = MOST_BYTES) -> Sent | Response:
    """Return the inputs of a form, or the refusal of one that is too long or is not a form."""
    kind = request.headers.get("content-type", "")
    multipart = _MULTIPART.fullmatch(kind) if most > MOST_BYTES else None
    if multipart is None and kind.partition(";")[0].strip().lower() != _FORM:
        return plain(415, f"This address takes forms only ({_FORM}).\n")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return plain(413, f"The form is longer than {most:,} bytes. Use `policytrack import` for a larger file.\n")
    try:
        if multipart is not None:
            return _parts(bytes(body), multipart[1].strip().encode())
        return Sent(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_INPUTS))
    except ValueError:
        return plain(400, "This is not a form in UTF-8. Send it from the page of the form.\n")


def plain(status: int, text: str) -> Response:
    """Return an answer of plain text."""
    return Response(text, status, HEADERS, media_type="text/plain; charset=utf-8")


def _parts(body: bytes, boundary: bytes) -> Sent:
    """Return the parts of a multipart form (RFC 7578). Raises `ValueError` for another text."""
    found = Sent()
    for head, content in _pieces(body, boundary):
        line = next((one for one in head.split("\r\n") if one.lower().startswith("content-disposition: form-data")), "")
        named = dict(_NAMED.findall(line))
        if "name" not in named:
            raise ValueError("a part has no name")
        if "filename" not in named:
            found.append((named["name"], content.decode()))
        elif named["name"] in (FILE, MAP_FILE) and named["name"] not in found.files:
            found.append((named["name"], named["filename"].replace("%22", '"')))
            found.files[named["name"]] = content
    return found


def _pieces(body: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    between = b"\r\n--" + boundary
    first, *pieces = (b"\r\n" + body).split(between, _MOST_INPUTS)
    if first or not pieces or not pieces[-1].startswith(b"--"):
        raise ValueError("the form is cut short")
    for piece in pieces[:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            raise ValueError("a part has no content")
        yield head.decode(), content
