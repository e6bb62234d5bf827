"""The OpenAPI document of the API, and the page about it: both made from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import policytrack
from policytrack.output.values import to_json
from policytrack.serve.asked import JSON, Asked, Reply, Route
from policytrack.serve.pages import Page, render
from policytrack.serve.parameters import COORDINATES, Parameter

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "day": {"type": "string", "format": "date"},
    "period": {"type": "string"},
    "flag": {"type": "boolean"},
    "number": {"type": "integer", "minimum": 0},
    "position": {"type": "string", "pattern": "^e?[0-9]+$"},
}
_ERROR: Final = {
    "description": "What is wrong and what to do.",
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "required": ["error", "what", "hint", "candidates"],
                "properties": {
                    "error": {"type": "string"},
                    "what": {"type": "string"},
                    "hint": {"type": "string"},
                    "candidates": {"type": "array", "items": {"type": "string"}},
                },
            }
        }
    },
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes under /api/."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "policytrack",
            "version": policytrack.__version__,
            "description": "Read-only. Every answer names its coordinates (as_of, known_at, head) and a citation. The"
            " same address with the same coordinates and head gives the same answer; ETag and If-None-Match apply.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {route.path: {"get": _operation(route)} for route in routes if route.path.startswith("/api/")},
    }


def document_answer(routes: Iterable[Route]) -> Reply:
    """The OpenAPI document as JSON."""
    return Reply(to_json(document(routes)).encode() + b"\n", JSON)


def api_page(asked: Asked, routes: Iterable[Route]) -> Reply:
    """The page about the API: every address with its parameters."""
    asked.values(())
    listed = [route for route in routes if route.path.startswith("/api/")]
    more = {"routes": listed, "coordinates": COORDINATES}
    return render(asked, Page("API", template="api.html", more=more))


def _operation(route: Route) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", route.path.removeprefix("/api/v1/")).strip("_")
    parameters = [_parameter(one, "path") for one in route.in_path]
    parameters += [_parameter(one, "query") for one in (*route.parameters, *COORDINATES)]
    return {
        "operationId": name,
        "summary": route.summary.replace("`", ""),
        "parameters": parameters,
        "responses": {
            "200": {"description": "The answer.", "content": {route.media: {}}},
            "304": {"description": "The answer is the one of If-None-Match."},
            **dict.fromkeys(("400", "404", "503"), _ERROR),
        },
    }


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_TYPES[parameter.kind])
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.many:
        schema = {"type": "array", "items": schema}
    found = {"name": parameter.name, "in": place, "description": parameter.meaning, "schema": schema}
    return {**found, "required": True} if place == "path" or parameter.is_required else found
