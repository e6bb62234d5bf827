"""The application: finds the route, answers at the coordinates of the address, and stores answers by their ETag."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as WebRoute

import policytrack
from policytrack.api.reading import Located, Reader
from policytrack.errors import (
    Busy,
    DamagedReadModel,
    IntegrityTrouble,
    NotFound,
    PolicytrackError,
    QueryFailed,
    StorageTrouble,
)
from policytrack.serve.api import Failure
from policytrack.serve.asked import HTML, JSON, Asked, Reply, Route
from policytrack.serve.cells import Links
from policytrack.serve.errors import error_page
from policytrack.serve.guard import App, Guard
from policytrack.serve.parameters import COORDINATES, coordinates_of, nothing_at
from policytrack.serve.routes import ROUTES
from policytrack.serve.writing import Writing

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

_STORED_BYTES: Final = 32 << 20
"""Answers that are stored, in bytes; one of more than a sixteenth of it is not."""
_AT_A_TIME: Final = max(2, os.cpu_count() or 1)
"""Answers that are computed at a time. More would need more memory, and take as long together."""
_STATUSES: Final[tuple[tuple[type[PolicytrackError], int], ...]] = (
    (NotFound, 404), (Busy, 503), (StorageTrouble, 503), (IntegrityTrouble, 500), (QueryFailed, 400),
)  # fmt: skip
_STYLES: Final = "text/css; charset=utf-8"
_SCRIPTS: Final = "text/javascript; charset=utf-8"
_STATIC: Final = {
    "page.css": ("policytrack.report", "page", _STYLES),
    "figures.js": ("policytrack.report", "page", _SCRIPTS),
    "elements.js": ("policytrack.report", "page", _SCRIPTS),
    "chart.js": ("policytrack.report", "page", _SCRIPTS),
    "map.js": ("policytrack.report", "page", _SCRIPTS),
    "serve.css": ("policytrack.serve", "static", _STYLES),
    "entry.js": ("policytrack.serve", "static", _SCRIPTS),
    "serve.js": ("policytrack.serve", "static", _SCRIPTS),
}
"""The files of the pages; the styles and the charts are those of reports."""


class Answers:
    """Answers addresses, and stores the last answers by ETag."""

    def __init__(self, reader: Reader, *, is_writable: bool) -> None:
        self._reader, self._is_writable = reader, is_writable
        self._stored: OrderedDict[str, Reply] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._working = threading.BoundedSemaphore(_AT_A_TIME)

    def answer(self, route: Route, request: Request) -> Response:
        """Return the answer of a route, or a page or JSON that says what is wrong."""
        try:
            return self._answer(route, request)
        except DamagedReadModel:
            self._reader.rebuild()
        except PolicytrackError as error:
            return failed(error, request)
        try:
            return self._answer(route, request)
        except PolicytrackError as error:  # a second damage: the disk probably fails
            return failed(error, request)

    def _answer(self, route: Route, request: Request) -> Response:
        pairs = request.query_params.multi_items()
        today = self._reader.today()
        coordinates = coordinates_of(pairs, today)
        located = self._reader.locate(coordinates)
        tag = _tag(request.url.path, pairs, coordinates, located, is_writable=self._is_writable)
        if tag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers={"etag": tag})
        reply = self._load(tag)
        if reply is None:
            names = {parameter.name for parameter in COORDINATES}
            own = [pair for pair in pairs if pair[0] not in names]
            is_pinned = coordinates.head is not None
            with self._working, self._reader.session(located) as session:
                where = (request.url.path, request.path_params, own)
                links = Links(coordinates, is_pinned=is_pinned)
                asked = Asked(
                    session, links, self._reader, located.citation, *where, today, is_pinned, self._is_writable
                )
                reply = route.answer(asked)
            self._store(tag, reply)
        headers = {"etag": tag}
        if reply.filename:
            headers["content-disposition"] = f'attachment; filename="{reply.filename}"'
        if isinstance(reply.body, bytes):
            return Response(reply.body, media_type=reply.media, headers=headers)
        return StreamingResponse(iter(reply.body), media_type=reply.media, headers=headers)

    def _load(self, tag: str) -> Reply | None:
        with self._lock:
            if tag in self._stored:
                self._stored.move_to_end(tag)
            return self._stored.get(tag)

    def _store(self, tag: str, reply: Reply) -> None:
        if not isinstance(reply.body, bytes) or len(reply.body) > _STORED_BYTES // 16:
            return
        with self._lock:
            if tag in self._stored:
                return
            self._stored[tag] = reply
            self._size += len(reply.body)
            while self._size > _STORED_BYTES:
                _, oldest = self._stored.popitem(last=False)
                self._size -= len(oldest.body) if isinstance(oldest.body, bytes) else 0


def application(reader: Reader, writing: Writing | None = None) -> App:
    """Return the ASGI application that serves a ledger; with `writing` also the forms that record events."""
    answers = Answers(reader, is_writable=writing is not None)

    def endpoint(route: Route) -> Callable[[Request], Any]:
        async def respond(request: Request) -> Response:
            return await run_in_threadpool(partial(answers.answer, route), request)

        return respond

    routes = [WebRoute("/static/{name}", _static), WebRoute("/favicon.ico", _icon)]
    routes += [WebRoute(route.path, endpoint(route)) for route in ROUTES]
    if writing is not None:
        routes += writing.routes(failed)
    handlers = {HTTPException: _nothing, Exception: _defect}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), is_writable=writing is not None)


def failed(error: PolicytrackError, request: Request, status: int | None = None) -> Response:
    """Return the answer for an error: JSON for an address of the API, else a page."""
    status = status or next((one for kind, one in _STATUSES if isinstance(error, kind)), 400)
    if request.url.path.startswith("/api/"):
        failure = Failure(error.code, error.what, error.hint, error.candidates)
        return Response(failure.body(), status, media_type=JSON)
    return Response(error_page(error, status), status, media_type=HTML)


async def _nothing(request: Request, _: Exception) -> Response:
    return failed(nothing_at(request.url.path), request)


async def _defect(request: Request, defect: Exception) -> Response:
    what = f"internal error: {type(defect).__name__}"
    return failed(PolicytrackError(what, hint="report it with what the server printed"), request, 500)


async def _icon(_: Request) -> Response:
    return Response(status_code=204)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return failed(nothing_at(request.url.path), request)
    body, media, tag = _file(name)
    if tag in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={"etag": tag})
    return Response(body, media_type=media, headers={"etag": tag})


@cache
def _file(name: str) -> tuple[bytes, str, str]:
    package, folder, media = _STATIC[name]
    body = files(package).joinpath(folder, name).read_bytes()
    return body, media, f'"{sha256(body).hexdigest()[:32]}"'


def _tag(
    path: str, pairs: list[tuple[str, str]], coordinates: Coordinates, located: Located, *, is_writable: bool
) -> str:
    """Return the ETag of an answer: it is a pure function of these, of the SQL (in the file's name) and the version."""
    said = [
        *(policytrack.__version__, path, pairs, repr(coordinates)),
        *(located.path.name, located.citation.digest, is_writable),
    ]
    return f'"{sha256(json.dumps(said).encode()).hexdigest()[:32]}"'


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
