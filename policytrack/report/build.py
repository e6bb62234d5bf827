"""Builds the report: collects its data at the coordinates, and puts data, styles and script into one HTML file.

The file makes no request: its content security policy allows only the script and the styles in it, by their digests.
The same events at the same coordinates give the same bytes, since nothing here reads the clock.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import UsageError
from policytrack.output.pretty import shown_field
from policytrack.questions import ask
from policytrack.resources import reference_table

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.citation import Citation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

MOST_STEPS: Final = 60_000
"""Steps that a browser adds up while a slider moves."""
_MOST_EXACT: Final = 2**53
"""The browser adds figures as JavaScript numbers, which are exact whole numbers below this."""
_SCRIPTS: Final = ("figures.js", "elements.js", "chart.js", "page.js")
_FIGURES: Final = ("installed", "idle", "owed", "pending_gross", "pending_retiring")
MOST_ROWS: Final = 500
"""Rows of each section that belongs to the dates of the report."""
_TEXTS: Final = ("kind", "id", "country_code", "activity_id", "project_id", "status", "due", "first_due")
"""Columns that repeat their values: the file has each value once, and its number in each row."""
_TABLES: Final = (
    ("firms", "holdings", "Firms", "firm_id firm_name activity_id status basis capacity unit"),
    (
        "swaps",
        "swaps",
        "Capacity swaps",
        "swap_id project_id activity_id verdict reasons required named undisclosed retired owed unit",
    ),
    ("quotas", "quotas", "Quotas", "year batch jurisdiction stage material holder_id amount unit"),
    (
        "rules",
        "policies",
        "Rules in force",
        "rule_id title kind jurisdiction ratio_min in_force_from in_force_to status",
    ),
    ("support", "supports", "Public support", "support_id recipient_id instrument stage amount currency"),
    ("findings", "check", "Findings of the checks", "severity check_name subject message events acknowledged"),
)
"""Sections whose rows belong to the dates of the report: the id of each, its query, its heading, and its columns."""


def build_report(
    session: Session, coordinates: Coordinates, citation: Citation, filters: Mapping[str, list[str]], title: str
) -> bytes:
    """Return the report as the bytes of an HTML file.

    Raises `UsageError` when there are more than `MOST_STEPS` steps, or figures too large for a browser to add exactly.
    """
    data = _data(session, coordinates, citation, filters, title)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _page(title, text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _data(
    session: Session, coordinates: Coordinates, citation: Citation, filters: Mapping[str, list[str]], title: str
) -> dict[str, Any]:
    steps = ask(session, "report_steps", filters)
    _check_size(steps)
    names = ask(session, "report_names").to_pylist()
    return {
        "title": title,
        "as_of": coordinates.as_of.isoformat(),
        "known_at": coordinates.known_at.isoformat(),
        "head": citation.position,
        "digest": citation.digest,
        "steps": _columns(steps),
        "spans": _columns(ask(session, "report_spans", filters)),
        "things": ask(session, "report_things").to_pylist(),
        "events": ask(session, "report_events").to_pylist(),
        "activities": {row["id"]: [row["name"], row["unit"]] for row in names if row["kind"] == "activity"},
        "firms": {row["id"]: row["name"] for row in names if row["kind"] == "firm"},
        "countries": {row["country_code"]: row["name"] for row in reference_table("countries")},
        "tables": [
            {
                "id": id_,
                "heading": heading,
                **_table(ask(session, query, {"perimeter": "reported", **filters}), columns),
            }
            for id_, query, heading, columns in _TABLES
        ],
    }


def _check_size(steps: pa.Table) -> None:
    import pyarrow.compute as pc

    hint = "choose a part of the ledger: --country, --activity"
    if steps.num_rows > MOST_STEPS:
        what = f"the report would have {steps.num_rows:,} steps; a browser is slow with more than {MOST_STEPS:,}"
        raise UsageError(what, hint=hint)
    for name in _FIGURES:
        total = pc.sum(pc.abs(steps[name])).as_py() or 0
        if total >= _MOST_EXACT:
            raise UsageError(f"the figures of {name} are too large for a browser to add up exactly", hint=hint)


def _columns(table: pa.Table) -> dict[str, Any]:
    """Return a table as lists by column; of texts the distinct ones, and for each row the index of its text."""
    columns: dict[str, Any] = {"rows": table.num_rows}
    for name in table.column_names:
        column = table[name]
        if name in _TEXTS:
            coded = column.combine_chunks().dictionary_encode()
            columns[name] = {"texts": coded.dictionary.to_pylist(), "index": coded.indices.to_pylist()}
        else:
            columns[name] = column.to_pylist()
    return columns


def _table(table: pa.Table, shown: str) -> dict[str, Any]:
    """Return some columns of a table as text: their names, whether each holds numbers, and the rows."""
    names = shown.split()
    kept = table.slice(0, MOST_ROWS)
    numeric = [str(table.schema.field(name).type).startswith(("decimal", "int")) for name in names]
    columns = [
        [_text(name, value, is_figure=is_figure) for value in kept[name].to_pylist()]
        for name, is_figure in zip(names, numeric, strict=True)
    ]
    return {"columns": names, "numeric": numeric, "count": table.num_rows, "rows": list(zip(*columns, strict=True))}


def _text(name: str, value: Any, *, is_figure: bool) -> str:
    """Return a value of a column for a reader: an unknown figure is never blank."""
    if value is None:
        return "unknown" if is_figure else ""
    return shown_field(name, value) if value != [] else ""


def _page(title: str, data: str) -> bytes:
    style = _read("page.css")
    script = "'use strict';\n" + "\n".join(map(_read, _SCRIPTS))
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}"
    policy += "; base-uri 'none'; form-action 'none'"
    parts = {
        "POLICY": html.escape(policy, quote=True),
        "TITLE": html.escape(title),
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
