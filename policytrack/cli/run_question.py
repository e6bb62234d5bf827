"""Runs a query of a command at its coordinates, and writes the answer with its footer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policytrack.cli.context import Context
from policytrack.cli.output.write import write
from policytrack.errors import DamagedReadModel
from policytrack.output.answer import Answer
from policytrack.questions.citation import below_zero
from policytrack.questions.evidence import left_out

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.answering import Answered
    from policytrack.questions.requests import Request
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Output = tuple[str | None, Path | None]

# Columns of a terminal table, the most important first: columns that do not fit are omitted from the end.
CAPACITY_SHOWN = (
    "country_code",
    "region_code",
    "activity_id",
    "operating",
    "owed_retirement",
    "net",
    "pending_gross",
    "pending_retiring",
    "pending_net",
    "unit",
    "unknown_count",
    "idle",
    "planned_retirement",
)
EVIDENCE_SHOWN = (
    "country_code",
    "activity_id",
    "figure",
    "amount",
    "unit",
    "on_rumour",
    "on_no_source",
    "on_one_source",
    "on_state_media",
    "on_inference",
)
FACILITY_SHOWN = (
    "facility_id",
    "activity_id",
    "operating",
    "unit",
    "country_code",
    "region_code",
    "installed",
    "idle",
    "last_stated_on",
    "installed_low",
    "installed_high",
    "planned_retirement",
)
UNIT_SHOWN = (
    "facility_id",
    "unit_id",
    "activity_id",
    "operating",
    "unit",
    "country_code",
    "installed",
    "idle",
    "last_stated_on",
    "installed_low",
    "installed_high",
)
HOLDINGS_SHOWN = ("firm_id", "activity_id", "status", "basis", "capacity", "unit", "unknown_count")
PENDING_SHOWN = (
    "project_id",
    "capacity_remaining",
    "retiring",
    "net",
    "unit",
    "due",
    "status",
    "swap_verdict",
    "activity_id",
    "is_overdue",
    "slip_days",
    "country_code",
)
LOG_SHOWN = ("position", "effective", "summary", "known_on", "type", "superseded_by")


def footer(context: Context, coordinates: Coordinates) -> str:
    """Return the line under an answer: valid date, knowledge date, head, and filters that the user did not give.

    Call it after the answer is computed.
    """
    from policytrack.cli.citing import citation_of
    from policytrack.cli.defaults import filters_by_default

    context.answered = coordinates
    return citation_of(context, coordinates).footer() + filters_by_default(context)


def report_ids(context: Context, named: Mapping[str, Any], identified: dict[str, Any]) -> dict[str, Any]:
    """Print which id is used for each filter value that was a name, and return the filters with ids.

    `named` has the values by filter name as the user wrote them, `identified` the same with ids, in the same order.
    """
    for kind, ids in identified.items():
        for name, id_ in zip(named[kind], ids, strict=True) if isinstance(ids, list) else ():
            if name != id_:
                context.say(f"{name} is {id_}")
    return identified


T = TypeVar("T")


def run_query(context: Context, coordinates: Coordinates, question: Callable[[Session], T]) -> T:
    """Catch the read model up, run `question` on a session, and return its result; sets `context.answered_head`."""
    from policytrack.questions.citation import head_of

    ledger = context.ledger()

    def once() -> T:
        with ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session:
            context.answered_head = head_of(session)
            return question(session)

    return rebuilding_if_damaged(context, once)


def rebuilding_if_damaged(context: Context, once: Callable[[], T]) -> T:
    """Return the result of `once`. If the read model is damaged, rebuild it and call `once` a second time."""
    try:
        return once()
    except DamagedReadModel as damage:
        context.say(f"note: {damage.what}; rebuilding it from the events")
        context.ledger().distrust_read_model()
        return once()  # a second damage is an error: the disk probably fails


def answer_question(
    context: Context,
    request: Request,
    coordinates: Coordinates,
    output: Output,
    *,
    title: str,
    shown: tuple[str, ...],
    empty: str = "no rows",
    remark: Callable[[Session, pa.Table], str] | None = None,
) -> Any:
    """Answer a request, write the answer, and return its table. A note says how many rows have too little evidence.
    `remark` returns what to add to the line under the answer.

    `shown` are the columns of a terminal table, `empty` is the text for an answer without rows.
    """
    from policytrack.questions.answering import answered
    from policytrack.questions.ask import with_field_columns

    def answer(session: Session) -> tuple[Answered, str]:
        found = answered(session, request)
        found = replace(found, table=with_field_columns(session, request.question, found.table, context.columns))
        return found, remark(session, found.table) if remark is not None else ""

    found, said = run_query(context, coordinates, answer)
    for name, id_ in found.ids.items():
        context.say(f"{name} is {id_}")
    line, notes = footer(context, coordinates) + (f" · {said}" if said else ""), []
    if found.hidden:
        notes.append(left_out(found.hidden, found.hidden + found.table.num_rows, request.evidence))
        empty = f"no row has enough evidence for {request.evidence}"
    if note := below_zero(found.table):
        notes.append(note)
    for note in notes:
        context.say(f"note: {note}")
    write(Answer(found.table, title, " · ".join((line, *notes)), shown, empty, notes=notes), context, *output)
    return found.table
