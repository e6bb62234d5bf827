"""The JSON Schema of each answer, for `docs/answers/`: from the columns that the commands really write.

The types of columns come from the queries, so they are the same in every ledger. The whole object is what --envelope
and `Result.to_json` give; `rows` is what --json prints.
"""

from __future__ import annotations

import io
import json
from typing import Any, Final

import forked
import pyarrow as pa
import running

from policytrack.cli.commands.why import why
from policytrack.cli.main import cli

_DATE: Final = ("--from", "2024-01-01")
_CELL: Final = ("--country", "CN", "--activity", "crude-steel")
ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "capacity": ("capacity",), "capacity_by_region": ("capacity", "--by", "region"),
    "capacity_by_facility": ("capacity", "--by", "facility"), "capacity_by_unit": ("capacity", "--by", "unit"),
    "capacity_evidence": ("capacity", "--evidence"), "holdings": ("holdings",),
    "holdings_tree": ("holdings", "baogang-group", "--tree"), "pending": ("pending",),
    "pending_by_year": ("pending", "--by", "year"), "pending_retirements": ("pending", "--retirements"),
    "series": ("series", *_DATE), "forecast": ("forecast", "--to", "2028"), "diff": ("diff", *_DATE),
    "diff_stat": ("diff", *_DATE, "--stat"), "news": ("news", "--since", "2025-01-01"), "log": ("log",),
    "check": ("check", "--acknowledged"), "swaps": ("swaps",), "lots": ("lots",), "quotas": ("quotas",),
    "quotas_by_holder": ("quotas", "--by", "holder"), "quotas_by_year": ("quotas", "--by", "year"),
    "policies": ("policies",), "support": ("support",), "support_totals": ("support", "--by", "firm"),
    "firm_list": ("firm", "list"), "asof": ("asof", "2025-10-31"), "show_event": ("show", "e14"),
    "show_firm": ("show", "baogang-group"), "show_facility": ("show", "northern-jinlong-baotou"),
    "show_project": ("show", "northern-jinlong-separation"), "show_swap": ("show", "northern-jinlong-swap"),
    "show_lot": ("show", "hezhou-zhaoxin-old-furnaces"), "show_rule": ("show", "rare-earth-mining-quotas-2006"),
}  # fmt: skip
"""Answers of rows, each with a command line that prints it."""
EXPLAINED: Final[dict[str, tuple[str, ...]]] = {
    "why": ("net", *_CELL), "why_project": ("project", "northern-jinlong-separation", "due"),
    "why_holdings": ("holdings", "baogang-group", "rare-earth-separation", "--status", "pending"),
    "why_quota": ("quota", "2024", "--stage", "mining", "--holder", "northern-rare-earth"),
    "why_support": ("support", "outstanding", "--support", "iluka-eneabba-loan"),
}  # fmt: skip
"""Explanations of figures, each with what follows `policytrack why`."""
OTHERS: Final = ("sql", "status", "done", "error")
NAMES: Final = (*ANSWERS, *EXPLAINED, *OTHERS)

_TEXT: Final = {"type": "string"}
_MAYBE_TEXT: Final = {"type": ["string", "null"]}
_COORDINATES: Final = {
    "ledger": {"type": "string", "description": "Name of the ledger."},
    "as_of": {"type": "string", "format": "date", "description": "Valid date."},
    "known_at": {"type": "string", "format": "date", "description": "Knowledge date."},
    "dates": {"enum": ["latest", "earliest"], "description": "Which day of a vague date counts."},
    "include": {"type": "string", "description": "Kinds of shares that count beside issued ones, with commas."},
    "perimeter": {"type": "string", "description": "Day of the groups of firms, if it is not that of as_of."},
    "assertion": {"type": "string", "description": "The only assertions that are folded, with commas; all when empty."},
    "min_sources_folded": {"type": "string", "description": "Sources that a folded event needs; empty for no limit."},
    "head": {"type": "integer", "description": "Position of the last event in the answer."},
    "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "Digest of the ledger up to head."},
    "policytrack": {"type": "string", "description": "Version of the program that answered."},
    "query": {"type": "string", "description": "The command line that asks for it."},
    "citation": {"type": "string", "description": "A citation of the answer."},
}
_DEFAULTS: Final = {
    "defaults": {
        "type": "object",
        "description": "Options whose value comes from [defaults] or the environment; missing without any.",
        "additionalProperties": {"type": "object", "required": ["value", "source"]},
    },
}
_ROWS: Final = {
    "count": {"type": "integer", "minimum": 0, "description": "Number of rows."},
    "columns": {
        "type": "array",
        "description": "Names and Arrow types of the columns.",
        "items": {"type": "object", "required": ["name", "type"], "properties": {"name": _TEXT, "type": _TEXT}},
    },
    "units": {"type": "array", "items": _TEXT, "description": "Units and currencies of the figures."},
    "notes": {"type": "array", "items": _TEXT, "description": "What a reader must know about the rows."},
}


def file_name(name: str) -> str:
    """Return the file name of the schema of an answer."""
    return f"{name}.v1.json"


def schema_text(name: str) -> str:
    """Return the JSON Schema of an answer as the text of its file."""
    made = {"sql": _sql, "status": _status, "done": _done, "error": _error}[name]() if name in OTHERS else _answer(name)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, **made}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def contract(schema: dict[str, Any], place: str = "") -> list[str]:
    """Return what programs may rely on, one line per property: its place, its types, and whether it is always there."""
    types = schema.get("type", "any")
    lines = [f"{place or '.'} {types if isinstance(types, str) else '|'.join(types)}"]
    lines += [f"{place}.{name} required" for name in schema.get("required", ())]
    for name, part in schema.get("properties", {}).items():
        lines += contract(part, f"{place}.{name}")
    if "items" in schema:
        lines += contract(schema["items"], f"{place}[]")
    return lines


def _answer(name: str) -> dict[str, Any]:
    words = ANSWERS.get(name) or ("why", *EXPLAINED[name])
    about = f"`policytrack {words[0]} … --envelope`: {_summary(words)}"
    if name in EXPLAINED:
        parts = _explanation(words)
        properties = {**_COORDINATES, **_DEFAULTS, **parts}
        return _object(about + " With --json, without the coordinates.", properties, tuple(_EXPLAINED))
    rows = {"type": "array", "description": "What --json prints.", "items": _row(_columns(words))}
    properties = {**_COORDINATES, **_ROWS, "rows": rows}
    return _object(about, {**properties, **_DEFAULTS}, tuple(properties))


def _summary(words: tuple[str, ...]) -> str:
    if words[0] == "why":
        return (why.help or "").partition("\n\n")[0].strip()
    return cli.commands[words[0]].help or ""


def _explanation(words: tuple[str, ...]) -> dict[str, Any]:
    """The parts of an explanation. The leaves of a holding are chains of shares, with the events behind each."""
    leaf, one = _row(_columns(words)), json.loads(_printed((*words, "--json")))
    subject = [key for key in one if key not in _EXPLAINED]
    event = {"type": "object", "required": ["position", "summary", "reason", "citations"], "properties": _EVENT}
    if "shares" in one["leaves"][0]:
        leaf["properties"] |= {part: {"type": "array", "items": event} for part in ("shares", "terms")}
    return {
        "figure": _EXPLAINED["figure"], **dict.fromkeys(subject, _MAYBE_TEXT),
        **{name: part for name, part in _EXPLAINED.items() if name not in ("figure", "leaves", "not_counted")},
        "leaves": {"type": "array", "description": "What makes the figure; amounts add up to it.", "items": leaf},
        "not_counted": {"type": "array", "description": "Events that do not count, with the reason.", "items": event},
    }  # fmt: skip


def _columns(words: tuple[str, ...]) -> pa.Schema:
    """The columns that a command writes, asked of the demo ledger."""
    with pa.ipc.open_file(io.BytesIO(_printed((*words, "--format", "arrow")))) as file:
        return file.schema


def _printed(words: tuple[str, ...]) -> bytes:
    folder, _ = running._demo()
    code, out, err = forked.policytrack(words, folder, running.ENVIRONMENT)
    if code not in (0, 1):
        raise ValueError(f"it ended with {code}: policytrack {' '.join(words)}\n{err.decode()}")
    return out


def _row(columns: pa.Schema) -> dict[str, Any]:
    properties = {column.name: _json_type(column.type) for column in columns}
    return {"type": "object", "required": list(properties), "properties": properties}


def _json_type(kind: pa.DataType) -> dict[str, Any]:
    """The JSON Schema of a column type: every value may be unknown, which is null."""
    types = pa.types
    if types.is_dictionary(kind):
        return _json_type(kind.value_type)
    if types.is_boolean(kind):
        return {"type": ["boolean", "null"]}
    if types.is_integer(kind):
        return {"type": ["integer", "null"]}
    if types.is_decimal(kind) or types.is_floating(kind):
        return {"type": ["number", "null"]}
    if types.is_date(kind):
        return {"type": ["string", "null"], "format": "date"}
    if types.is_timestamp(kind):
        return {"type": ["string", "null"], "format": "date-time"}
    if types.is_list(kind):
        return {"type": ["array", "null"], "items": _json_type(kind.value_type)}
    if types.is_struct(kind):
        return {"type": ["object", "null"], "properties": {field.name: _json_type(field.type) for field in kind}}
    if types.is_string(kind) or types.is_null(kind):
        return dict(_MAYBE_TEXT)
    raise ValueError(f"no JSON type is known for {kind}")


def _object(about: str, properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "description": " ".join(about.split()), "type": "object", "required": list(required or properties),
        "properties": properties,
    }  # fmt: skip


_CITATIONS: Final = {
    "type": ["array", "null"],
    "description": "The sources of the event.",
    "items": {
        "type": "object",
        "required": ["title", "publisher", "published_on", "url", "quote"],
        "properties": dict.fromkeys(
            ("title", "publisher", "published_on", "url", "locator", "quote", "archived_url", "class"), _MAYBE_TEXT
        ),
    },
}
_EVENT: Final = {
    "position": {"type": ["integer", "null"]}, "type": _MAYBE_TEXT, "effective": _MAYBE_TEXT, "known_on": _MAYBE_TEXT,
    "summary": _MAYBE_TEXT, "assertion": _MAYBE_TEXT, "reason": _MAYBE_TEXT,
    "sources": {"type": ["array", "null"], "items": _MAYBE_TEXT}, "citations": _CITATIONS,
}  # fmt: skip
_EXPLAINED: Final[dict[str, Any]] = {
    "figure": {"type": "string", "description": "Name of the figure or field."},
    "unit": {"type": ["string", "null"], "description": "Unit or currency of the figure."},
    "reported": {"description": "The value; null if it is unknown."},
    "reason": {"type": ["string", "null"], "description": "Why it is unknown."},
    "sum_of_leaves": {"type": ["number", "null"], "description": "Sum of the leaves; equal to the figure."},
    "leaves": {},
    "not_counted": {},
}


def _sql() -> dict[str, Any]:
    """What `sql` prints: the columns are those of the query."""
    rows = {
        "type": "array",
        "description": "What --json prints. The columns are those of the query.",
        "items": {"type": "object"},
    }
    properties = {**_COORDINATES, **_ROWS, "rows": rows}
    about = f"`policytrack sql … --envelope`: {cli.commands['sql'].help}"
    return _object(about, {**properties, **_DEFAULTS}, tuple(properties))


def _status() -> dict[str, Any]:
    """What `status --json` prints."""
    number = {"type": "integer", "minimum": 0}
    properties: dict[str, Any] = {
        "ledger": {"type": "string", "description": "Folder of the ledger."},
        "events": {**number, "description": "Number of events."},
        "head": {"type": "string", "pattern": "^e[0-9]+$", "description": "Position of the last event."},
        "digest": _COORDINATES["digest"],
        "last_recorded_at": {"type": ["string", "null"], "format": "date-time", "description": "When it was recorded."},
        "store_bytes": {**number, "description": "Size of the event store."},
        "read_model": {"type": ["string", "null"], "description": "File name of the read model; null without one."},
        "read_model_behind": {"type": "integer", "description": "Events that the read model does not have yet."},
        "read_model_bytes": {**number, "description": "Size of the read model."},
        "untrusted_sql": {**number, "description": "SQL files of the ledger that are not used."},
    }
    return _object("`policytrack status --json`.", properties)


def _done() -> dict[str, Any]:
    """What --json of a command prints that writes, or that prints no rows."""
    about = "What a command did, printed by --json of commands that print no rows. Each command has further keys."
    properties = {
        "ledger": {"type": "string", "description": "Folder of the ledger, if the command opened one."},
        "head": {"type": "integer", "description": "Position of the last event after the command."},
        "digest": _COORDINATES["digest"],
        "messages": {"type": "array", "items": _TEXT, "description": "The messages, which are on stderr too."},
    }
    return _object(about, properties, ("messages",))


def _error() -> dict[str, Any]:
    """What --json and --envelope print on standard error when a command fails."""
    properties: dict[str, Any] = {
        "error": {"type": "string", "pattern": "^PT[0-9]{3}$", "description": "Code: `policytrack help PT302`."},
        "what": {"type": "string", "description": "What is wrong."},
        "place": {"type": ["string", "null"], "description": "File, line and column, or the flag."},
        "hint": {"type": "string", "description": "What to do."},
        "candidates": {"type": "array", "items": _TEXT, "description": "Names that are similar to the one given."},
    }
    of_import = {"type": "array", "items": {"$ref": "#"}, "description": "The findings of a refused import."}
    return _object(
        "An error, on standard error, with --json or --envelope.",
        properties | {"findings": of_import},
        tuple(properties),
    )
