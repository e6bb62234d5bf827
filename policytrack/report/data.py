"""Collects the data of the report: steps and spans to add up, tables at every pair of dates, names and events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import UsageError
from policytrack.output.pretty import shown_field
from policytrack.questions import ask, ask_some
from policytrack.report.timeline import Timeline, Timelines
from policytrack.resources import reference_table

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from policytrack.questions.citation import Citation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

MOST_STEPS: Final = 60_000
"""Steps that a browser adds up while a slider moves."""
MOST_THINGS: Final = 20_000
"""Facilities and projects, or events, of which a file has the names and sources."""
MOST_ROWS: Final = 500
"""Rows of the findings."""
_PERIODS: Final = ("month", "quarter", "year")
"""Periods at whose ends the steps of a large ledger are added up: the first that leaves few enough."""
_MOST_EXACT: Final = 2**53
"""The browser adds figures as JavaScript numbers, which are exact whole numbers below this."""
FIGURES: Final = ("installed", "idle", "owed", "pending_gross", "pending_retiring")
_TEXTS: Final = ("kind", "id", "country_code", "activity_id", "project_id", "status", "due", "first_due")
"""Columns that repeat their values: the file has each value once, and its number in each row."""
_DAYS: Final = ("effective_from", "effective_to", "known_from", "known_to")
"""The rectangle of dates of a row."""
_FINDINGS: Final = "severity check_name subject message events acknowledged"
_TIMELINES: Final = (
    ("firms", "report_firms", ("firm_holding",)),
    ("stakes", "report_stakes", ("_group", "shareholding")),
    ("swaps", "report_swaps", ("capacity_swap",)),
    ("quotas", "report_quotas", ("quota",)),
    ("rules", "report_rules", ("_rule",)),
    ("support", "report_support", ("support",)),
)
"""Tables at every pair of dates: the name of each, its query, and the views that it reads."""
_OF_FIRMS: Final = (
    ("facilities", "report_facilities", ("facility_capacity",)),
    ("pending", "report_pending", ("pending_project",)),
    *(
        (name, query, (*views, *(("_merged_firm",) if name == "swaps" else ())))
        for name, query, views in _TIMELINES
        if name != "rules"
    ),
)
"""The tables of a report of firms. Facilities and projects change hands, so these are no sums of steps either."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What the page shows, and sentences about what is left out of it."""

    values: dict[str, Any]
    left_out: list[str] = field(default_factory=list)


def collect(
    session: Session,
    coordinates: Coordinates,
    citation: Citation,
    filters: Mapping[str, list[str]],
    title: str | None,
    since: date | None = None,
) -> ReportData:
    """Return the data of the report: of the nation, or of the firms in `filters` what concerns these.

    Without `title`, the page has the names of the firms, or that of the ledger. `since` is the first day of new events.
    Of a large ledger, capacity is added up by months, and lists of things, events and rows are left out. Raises
    `UsageError` when there are more than `MOST_STEPS` years, or figures too large for a browser to add exactly.
    """
    left_out: list[str] = []
    firms = filters.get("firm") or []
    timelines = Timelines(session, filters)
    tables = {
        name: _timeline(timelines.of(query, views)) for name, query, views in (_OF_FIRMS if firms else _TIMELINES)
    }
    about = _subjects(firms, tables) if firms else []
    steps = _steps(session, filters, left_out, is_empty=bool(firms))
    if firms:
        spans, things = ask(session, "report_spans", filters).slice(0, 0), _things_about(session, about)
    else:
        spans, things = _pending(session, filters, left_out)
    events = ask(session, "report_events", {"most": MOST_THINGS, "subjects": about})
    count = ask_some(session, "log", {"subject": about}, 0, 1)[1]
    if (more := count - events.num_rows) > 0:
        left_out.append(f"The events are the {MOST_THINGS:,} that were recorded last; {more:,} are left out.")
    left_out += _tables_left_out(tables)
    names = ask(session, "report_names").to_pylist()
    findings = ask(session, "check", {name: value for name, value in filters.items() if name != "firm"})
    about_firms = [_firm(session, firm) for firm in firms]
    values = {
        "title": title or ", ".join(facts[0][1] for facts in about_firms) or citation.ledger,
        "ledger": citation.ledger,
        "as_of": coordinates.as_of.isoformat(),
        "known_at": coordinates.known_at.isoformat(),
        "head": citation.position,
        "digest": citation.digest,
        "since": None if since is None else since.isoformat(),
        "left_out": left_out,
        "steps": _columns(steps),
        "period": _period_of(steps),
        "spans": _columns(spans),
        "things": things,
        "moves": ask(session, "report_moves").drop_columns(["happened"]).to_pylist() if things else [],
        "events": _events(events),
        "activities": {row["id"]: [row["name"], row["unit"]] for row in names if row["kind"] == "activity"},
        "firms": {row["id"]: row["name"] for row in names if row["kind"] == "firm"},
        "countries": {row["country_code"]: row["name"] for row in reference_table("countries")},
        "timelines": tables,
        "findings": _table(_about(findings, about), _FINDINGS),
        "about": about_firms,
    }
    return ReportData(values, left_out)


def _subjects(firms: list[str], tables: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the subjects that a report of firms is about: these firms, and what the tables name of theirs."""
    kinds = {"facility_id": "facility", "project_id": "project", "swap_id": "swap", "support_id": "support"}
    found = {f"firm:{firm}" for firm in firms}
    for table in tables.values():
        for at, name in enumerate(table["names"]):
            if name in kinds:
                found |= {f"{kinds[name]}:{key[at]}" for key in table["keys"] if key[at]}
    return sorted(found)


def _things_about(session: Session, subjects: list[str]) -> list[dict[str, Any]]:
    wanted = set(subjects)
    return [one for one in ask(session, "report_things").to_pylist() if f"{one['kind']}:{one['id']}" in wanted]


def _about(findings: pa.Table, subjects: list[str]) -> pa.Table:
    """Return the findings about these subjects; all without subjects."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return findings.filter(pc.is_in(findings["subject"], value_set=pa.array(subjects))) if subjects else findings


def _firm(session: Session, firm: str) -> list[list[str]]:
    """Return the facts of a firm as pairs of a heading and a text, its name first."""
    (row,) = ask(session, "firm", {"id": firm}).to_pylist()
    first = ["name", "firm_id"]
    return [
        [name.replace("_", " "), shown_field(name, row[name])]
        for name in (*first, *(name for name in row if name not in first))
        if row[name] not in (None, [], "")
    ]


def _steps(session: Session, filters: Mapping[str, list[str]], left_out: list[str], *, is_empty: bool) -> pa.Table:
    steps = ask(session, "report_steps", filters)
    if is_empty:
        return steps.slice(0, 0)
    count = steps.num_rows
    for period in _PERIODS:
        if steps.num_rows <= MOST_STEPS:
            break
        steps = ask(session, "report_steps_by_period", {**filters, "step": period})
    if steps.num_rows < count:
        left_out.append(
            f"Capacity has {count:,} changes, more than the {MOST_STEPS:,} that a browser adds up quickly: the"
            f" sliders stop at ends of {_period_of(steps)}s, and figures do not list their facilities and projects."
        )
    check_size(steps)
    return steps


def _period_of(steps: pa.Table) -> str:
    """Return the period at whose ends steps are added up; `day` if they are not."""
    kind = steps["kind"][0].as_py() if steps.num_rows else "day"
    return kind if kind in _PERIODS else "day"


def check_size(steps: pa.Table) -> None:
    """Raise `UsageError` if a browser cannot add up these steps, quickly and exactly."""
    import pyarrow.compute as pc

    hint = "choose a part of the ledger with --country and --activity, or show all of it with policytrack serve"
    if steps.num_rows > MOST_STEPS:
        what = f"the report would have {steps.num_rows:,} steps; a browser is slow with more than {MOST_STEPS:,}"
        raise UsageError(what, hint=hint)
    for name in FIGURES:
        total = pc.sum(pc.abs(steps[name])).as_py() or 0
        if total >= _MOST_EXACT:
            raise UsageError(f"the figures of {name} are too large for a browser to add up exactly", hint=hint)


def _pending(
    session: Session, filters: Mapping[str, list[str]], left_out: list[str]
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Return the spans of projects, and the things with their names."""
    spans, things = ask(session, "report_spans", filters), ask(session, "report_things")
    if spans.num_rows <= MOST_STEPS and things.num_rows <= MOST_THINGS:
        return spans, things.to_pylist()
    left_out.append(
        f"{things.num_rows:,} facilities and projects are too many for one file: pending projects are left out."
    )
    return spans.slice(0, 0), []


def _columns(table: pa.Table) -> dict[str, Any]:
    """Return a table as lists by column; of texts the distinct ones, and for each row the index of its text."""
    columns: dict[str, Any] = {"rows": table.num_rows}
    for name in table.column_names:
        column = table[name]
        columns[name] = _coded(column) if name in _TEXTS else column.to_pylist()
    return columns


def _coded(column: pa.ChunkedArray) -> dict[str, Any]:
    coded = column.combine_chunks().dictionary_encode()
    return {"texts": coded.dictionary.to_pylist(), "index": coded.indices.to_pylist()}


def _tables_left_out(tables: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return sentences about tables that the file has for the dates of the report alone, or not at all."""
    too_many = [f"{name} ({table['too_many']:,} rows)" for name, table in tables.items() if table["too_many"]]
    last_only = [name for name, table in tables.items() if table["step"] == "last" and not table["too_many"]]
    sentences = []
    if last_only:
        sentences.append(
            f"Tables for the dates of the report alone, which the sliders do not change: {', '.join(last_only)}."
        )
    if too_many:
        sentences.append(f"Tables that are too large for one file are left out: {', '.join(too_many)}.")
    return sentences


def _timeline(timeline: Timeline) -> dict[str, Any]:
    """Return a table at every pair of dates: each distinct day, row of texts and figure once, and their numbers."""
    import pyarrow as pa

    rows = timeline.rows
    days = sorted({day for name in _DAYS for day in rows[name].to_pylist()})
    number = {day: at for at, day in enumerate(days)}
    columns: dict[str, list[str]] = {}
    figures: dict[str, Any] = {}
    for name in rows.column_names:
        if name in _DAYS:
            continue
        short, is_figure = name.removeprefix("row."), _is_figure(rows.schema.field(name))
        texts = [_text(short, value, is_figure=is_figure) for value in rows[name].to_pylist()]
        if is_figure:
            figures[short] = _coded(pa.chunked_array([pa.array(texts, pa.string())]))
        else:
            columns[short] = texts
    keys = list(zip(*columns.values(), strict=True))
    distinct = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    return {
        "step": timeline.step,
        "too_many": timeline.too_many,
        "days": days,
        **{name: [number[day] for day in rows[name].to_pylist()] for name in _DAYS},
        "names": list(columns),
        "keys": list(distinct),
        "key": [distinct[key] for key in keys],
        "figures": figures,
    }


def _events(events: pa.Table) -> dict[str, Any]:
    """Return the events as rows of values, with each source once, and of each event the numbers of its sources."""
    sources: dict[str, int] = {}
    rows = []
    for event in events.to_pylist():
        named = [json.dumps(source, ensure_ascii=False) for source in event.pop("sources")]
        rows.append([*event.values(), [sources.setdefault(source, len(sources)) for source in named]])
    return {"columns": events.column_names, "rows": rows, "sources": [json.loads(source) for source in sources]}


def _is_figure(column: pa.Field) -> bool:
    return str(column.type).startswith(("decimal", "int"))


def _table(table: pa.Table, shown: str) -> dict[str, Any]:
    """Return some columns of a table as text: their names, and the first rows."""
    names = shown.split()
    kept = table.slice(0, MOST_ROWS)
    columns = [
        [_text(name, value, is_figure=_is_figure(table.schema.field(name))) for value in kept[name].to_pylist()]
        for name in names
    ]
    return {"columns": names, "count": table.num_rows, "rows": list(zip(*columns, strict=True))}


def _text(name: str, value: Any, *, is_figure: bool) -> str:
    """Return a value of a column for a reader: an unknown figure is never blank."""
    if value is None:
        return "unknown" if is_figure else ""
    return shown_field(name, value) if value != [] else ""
