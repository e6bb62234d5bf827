"""Builds the page of the report: puts data, styles and script into one HTML file.

The file makes no request: its content security policy allows only the script and the styles in it, by their digests.
The same events at the same coordinates give the same bytes, since nothing here reads the clock.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

from policytrack.output.pretty import visible_in_pages
from policytrack.report.data import ReportData

_SCRIPTS: Final = ("figures.js", "timeline.js", "elements.js", "chart.js", "map.js", "page.js", "tables.js", "start.js")

_ESCAPED_CONTROL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])")
"""A control character in JSON. A page shows it as text, with a backslash of its own."""


def page_of(data: ReportData, logo: str = "") -> bytes:
    """Return the report as the bytes of an HTML file. `logo` is a data URI, as `logo_of` returns it."""
    text = json.dumps(data.values, ensure_ascii=False, separators=(",", ":"))
    text = _ESCAPED_CONTROL.sub(r"\1\\\\u00\2", text)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return _page(visible_in_pages(data.values["title"]), visible_in_pages(text, "\\\\"), logo)


def _page(title: str, data: str, logo: str) -> bytes:
    style = _read("page.css")
    script = "'use strict';\n" + "\n".join(map(_read, _SCRIPTS))
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}"
    if logo:
        policy += "; img-src data:"
    policy += "; base-uri 'none'; form-action 'none'"
    parts = {
        "POLICY": html.escape(policy, quote=True),
        "TITLE": html.escape(title),
        "LOGO": f'<img class="logo" alt="" src="{html.escape(logo, quote=True)}">' if logo else "",
        "STYLE": style,
        "DATA": data,
        "SCRIPT": script,
    }
    return "".join(_filled(_read("page.html"), parts)).encode()


def _filled(template: str, parts: Mapping[str, str]) -> Iterable[str]:
    """Yield the template in pieces, with the part in place of each ``{{NAME}}``; parts are not searched again."""
    before, *rest = template.split("{{")
    yield before
    for piece in rest:
        name, _, after = piece.partition("}}")
        yield parts[name] + after


def _read(name: str) -> str:
    return files("policytrack.report").joinpath("page", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
