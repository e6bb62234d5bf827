"""The JSON API: each table and explanation with its coordinates and citation, and files of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound, UsageError, shortened
from policytrack.output.answer import Answer
from policytrack.output.encoding import encoded
from policytrack.output.values import to_json
from policytrack.questions import resolve_event
from policytrack.questions.citation import below_zero
from policytrack.questions.coverage import coverage_line
from policytrack.questions.envelope import rows_part
from policytrack.serve.asked import JSON, Asked, Reply
from policytrack.serve.downloads import FORMATS, file_of
from policytrack.serve.parameters import PAGING, paging_of
from policytrack.serve.sandboxed import QUERY, sql_rows
from policytrack.serve.searching import OF_KIND, SEARCHED, search
from policytrack.serve.tables import Some, Table, rows_of_table, some_of_table
from policytrack.serve.things import KINDS, facts_of

if TYPE_CHECKING:
    from policytrack.serve.why import Why

_USUAL_ROWS: Final = 1000
"""Rows of an answer without `limit`."""


def table_answer(asked: Asked, table: Table) -> Reply:
    """Some rows of a table as JSON."""
    given = asked.values((*table.parameters, *PAGING))
    start, limit = paging_of(given, _USUAL_ROWS)
    return _rows(asked, table.name, some_of_table(asked.session, table, given, start, limit))


def table_file(asked: Asked, table: Table) -> Reply:
    """All rows of a table as a file, with the bytes of the command line's `--format`."""
    format_ = _format(asked)
    rows = rows_of_table(asked.session, table, asked.values(table.parameters))
    remark = coverage_line(asked.session, rows) if table.name == "capacity" else ""
    return file_of(table.name, rows, asked.citation, format_, remark)


def thing_answer(asked: Asked, kind: str) -> Reply:
    """The facts about a thing as JSON, as `policytrack show` has them, and the addresses of its tables."""
    asked.values(())
    id_, table = facts_of(asked.session, KINDS[kind], asked.path["id"])
    facts = None if table is None else table.to_pylist()[0]
    links = asked.links
    tables = {name: links.to(f"/api/v1/{name}", KINDS[kind].address(name, id_)) for name, _ in KINDS[kind].tables}
    return _reply(asked, {"kind": kind, "id": id_, "facts": facts, "tables": tables})


def event_answer(asked: Asked) -> Reply:
    """An event as JSON: its row of the view `event_log`, and its fields as stored."""
    asked.values(())
    event = resolve_event(asked.session, asked.path["position"])
    if event is None:
        raise NotFound(
            f"no event {shortened(asked.path['position'])!r} is known at these dates", hint="choose a later known_at"
        )
    return _reply(asked, {"event": event, "stored": asked.reader.stored(event["position"])})


def why_answer(asked: Asked, why: Why) -> Reply:
    """An explanation as JSON, as the option `--json` of `policytrack why` writes it."""
    return _reply(asked, {"explanation": why.explain(asked, None).as_dict()})


def search_answer(asked: Asked) -> Reply:
    """The things that a search finds."""
    given = asked.values((SEARCHED, OF_KIND, *PAGING))
    start, limit = paging_of(given, _USUAL_ROWS)
    found = search(asked.session, given["q"] or "", given["kind"] or "")
    return _reply(asked, {"count": len(found), "start": start, "rows": found[start : start + limit]})


def head_answer(asked: Asked) -> Reply:
    """The last event of the ledger."""
    asked.values(())
    return _reply(asked, {})


def sql_answer(asked: Asked) -> Reply:
    """The rows of a query as JSON."""
    given = asked.values((QUERY, *PAGING))
    start, limit = paging_of(given, _USUAL_ROWS)
    rows = sql_rows(asked, given["q"]).table
    return _rows(asked, "sql", Some(rows.slice(start, limit), start, rows.num_rows))


def sql_file(asked: Asked) -> Reply:
    """The rows of a query as a file."""
    format_ = _format(asked)
    return file_of("sql", sql_rows(asked, asked.values((QUERY,))["q"]).table, asked.citation, format_)


def _format(asked: Asked) -> str:
    format_ = asked.path["format"]
    if format_ not in FORMATS:
        raise UsageError(f"there is no format {shortened(format_)!r}", hint=f"the formats are: {', '.join(FORMATS)}")
    return format_


def _rows(asked: Asked, name: str, some: Some) -> Reply:
    note = below_zero(some.rows)
    head = {**_envelope(asked), "table": name, "count": some.count, "start": some.start}
    head |= rows_part(some.rows, [note] if note else [])
    part = encoded(Answer(some.rows), "json").strip()
    return Reply(to_json(head)[:-1].encode() + b', "rows": ' + part + b"}\n", JSON)


def _reply(asked: Asked, content: dict[str, Any]) -> Reply:
    return Reply(to_json({**_envelope(asked), **content}).encode() + b"\n", JSON)


def _envelope(asked: Asked) -> dict[str, Any]:
    parts: dict[str, Any] = asked.citation.parts()
    return {**parts, "head": asked.citation.position, "citation": asked.citation.line("serve")}


@dataclass(frozen=True, slots=True)
class Failure:
    """What the API answers instead of rows: the code of the error, what is wrong, what to do, and near matches."""

    code: str
    what: str
    hint: str
    candidates: tuple[str, ...]

    def body(self) -> bytes:
        """Return the failure as JSON."""
        return (
            to_json(
                {"error": self.code, "what": self.what, "hint": self.hint, "candidates": list(self.candidates)}
            ).encode()
            + b"\n"
        )
