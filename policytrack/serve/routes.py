"""The table of routes: every page, every answer of the API, and what the documentation says of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from policytrack.serve import api, openapi, pages, sandboxed
from policytrack.serve.asked import JSON, Asked, Reply, Route
from policytrack.serve.downloads import FORMATS
from policytrack.serve.parameters import PAGING, Parameter
from policytrack.serve.sandboxed import QUERY
from policytrack.serve.searching import OF_KIND, SEARCHED
from policytrack.serve.tables import TABLES
from policytrack.serve.things import KINDS
from policytrack.serve.why import ALL
from policytrack.serve.why import KINDS as WHY

_ID = (Parameter("id", "Its id."),)
_POSITION = (Parameter("position", "The event: e14, 14 or its event id."),)
_FORMAT = (Parameter("format", "The format of the file.", choices=tuple(FORMATS)),)
Answer = Callable[[Asked], Reply]
Parameters = tuple[Parameter, ...]


def _api(path: str, answer: Answer, summary: str, parameters: Parameters = (), in_path: Parameters = ()) -> Route:
    return Route(f"/api/v1{path}", answer, summary, parameters, in_path, JSON)


def _file(path: str, answer: Answer, summary: str, parameters: Parameters) -> Route:
    return Route(f"/api/v1{path}.{{format}}", answer, summary, parameters, _FORMAT, "application/octet-stream")


def _of_api() -> tuple[Route, ...]:
    found = [_api("/head", api.head_answer, "The last event of the ledger.")]
    for name, table in TABLES.items():
        summary = f"{table.title}. {table.meaning}"
        found += [
            _api(f"/{name}", partial(api.table_answer, table=table), summary, (*table.parameters, *PAGING)),
            _file(f"/{name}", partial(api.table_file, table=table), f"{table.title} as a file.", table.parameters),
        ]
    found += [_api(f"/{kind}/{{id}}", partial(api.thing_answer, kind=kind), f"A {kind}.", (), _ID) for kind in KINDS]
    found += [
        _api(f"/why{why.path}", partial(api.why_answer, why=why), why.summary, why.parameters, why.in_path)
        for why in WHY
    ]
    found += [
        _api("/event/{position}", api.event_answer, "An event as stored.", (), _POSITION),
        _api("/search", api.search_answer, "Find things by words in their names.", (SEARCHED, OF_KIND, *PAGING)),
        _api("/sql", api.sql_answer, "Run an SQL query in the sandbox.", (QUERY, *PAGING)),
        _file("/sql", api.sql_file, "The rows of an SQL query as a file.", (QUERY,)),
    ]
    return tuple(found)


def _of_pages() -> tuple[Route, ...]:
    return (
        Route("/", pages.start, "Start", TABLES["capacity"].parameters),
        *(
            Route(f"/{table.name}", partial(pages.table_page, table=table), table.title, (*table.parameters, PAGING[0]))
            for table in TABLES.values()
        ),
        *(Route(f"/{kind}/{{id}}", partial(pages.thing_page, kind=kind), kind, (), _ID) for kind in KINDS),
        Route("/event/{position}", pages.event_page, "Event", (), _POSITION),
        *(
            Route(f"/why{why.path}", partial(pages.why_page, why=why), why.summary, (*why.parameters, ALL), why.in_path)
            for why in WHY
        ),
        Route("/search", pages.search_page, "Search", (SEARCHED,)),
        Route("/sql", sandboxed.sql_page, "SQL", (QUERY,)),
        Route("/api", _api_page, "API"),
    )  # fmt: skip


def _api_page(asked: Asked) -> Reply:
    return openapi.api_page(asked, ROUTES)


def _document(asked: Asked) -> Reply:
    asked.values(())
    return openapi.document_answer(ROUTES)


ROUTES: tuple[Route, ...] = (
    *_of_pages(),
    _api("/openapi.json", _document, "This document."),
    *_of_api(),
)
"""All routes; a more special path comes before the general one."""
