"""Reads the logo of a report: a PNG, or an SVG that only draws, as a data URI."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Final
from xml.parsers import expat

from policytrack.errors import MalformedInput, UsageError, shortened
from policytrack.input_files import open_input

MOST_BYTES: Final = 200_000
"""Size of a logo. The file of a report is sent by mail, and base64 adds a third."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DRAWING: Final = frozenset((
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "linearGradient", "radialGradient", "stop", "clipPath",
))  # fmt: skip
"""Elements of an SVG that a logo may have: none of them runs a script, has a document in it
or repeats another, as `use` does: a few nested ones would be billions of shapes."""
_ELSEWHERE: Final = re.compile(r"""url\(\s*['"]?\s*(?!#)|javascript:|@import|expression\(|\\""", re.IGNORECASE)
"""What in an attribute may lead out of the file; CSS can write any of it with a backslash."""


def logo_of(path: Path) -> str:
    """Return a logo as a data URI. Raises `UsageError` for a file that is missing, too large or neither PNG nor SVG,
    and `MalformedInput` for an SVG that does more than draw.
    """
    try:
        with open_input(path) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as cause:
        raise UsageError(f"cannot read the logo {str(path)!r}: {cause.strerror}", hint="check the path") from cause
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"the logo {str(path)!r} has more than {MOST_BYTES:,} bytes",
            hint="make it smaller: 200 pixels high is enough",
        )
    if content.startswith(_PNG):
        kind = "image/png"
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _refuse_more_than_drawing(content, path)
        kind = "image/svg+xml"
    else:
        raise UsageError(f"the logo {str(path)!r} is neither a PNG nor an SVG", hint="save it as a PNG")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _refuse_more_than_drawing(content: bytes, path: Path) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    is_root = True

    def refuse(what: str) -> None:
        raise MalformedInput(
            f"the logo {str(path)!r} has {what} (line {parser.CurrentLineNumber})",
            hint="save it as a PNG, or as a plain SVG of shapes",
        )

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_root
        space, _, local = name.rpartition(" ")
        if is_root and (space, local) != ("http://www.w3.org/2000/svg", "svg"):
            refuse(f"the root element {shortened(local)!r}, not an svg element of the SVG namespace")
        is_root = False
        if local not in _DRAWING:
            refuse(f"the element {shortened(local)!r}, which does more than draw")
        for full, value in attributes.items():
            attribute = full.rpartition(" ")[2]
            if attribute.lower().startswith("on"):
                refuse(f"the attribute {shortened(attribute)!r}, which runs a script")
            if (attribute == "href" and not value.strip().startswith("#")) or _ELSEWHERE.search(value):
                refuse(f"the attribute {shortened(attribute)!r}, which leads out of the file: {shortened(value)!r}")

    parser.StartElementHandler = started
    parser.StartDoctypeDeclHandler = lambda *_: refuse("a document type, which may define entities")
    parser.ProcessingInstructionHandler = lambda *_: refuse("a processing instruction")
    try:
        parser.Parse(content, True)
    except expat.ExpatError as cause:
        raise MalformedInput(
            f"the logo {str(path)!r} cannot be read as SVG: {cause}", hint="save it as a PNG, or correct it"
        ) from cause
