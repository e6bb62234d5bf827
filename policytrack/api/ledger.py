"""Defines `OpenLedger`, what `policytrack.open` returns: the commands that query and record, as methods."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack, cast, get_args

from policytrack.api.arguments import Some, described, listed, one_of, some_of, unless
from policytrack.api.explained import Explained
from policytrack.api.reading import Reader
from policytrack.api.recording import Recorded, TableArguments, import_files, record, stored_event
from policytrack.api.result import Result
from policytrack.api.when import Day, When, coordinates_of, day_of, required_day
from policytrack.errors import DamagedReadModel, NotFound, UsageError
from policytrack.ledger import Ledger
from policytrack.local_day import today
from policytrack.questions import requests
from policytrack.questions.citation import below_zero
from policytrack.questions.evidence import Evidence, left_out
from policytrack.questions.periods import MONTHS, VINTAGES
from policytrack.questions.requests import Request
from policytrack.questions.why_holding import BASES, STATUSES
from policytrack.questions.why_national import FIGURES
from policytrack.questions.why_project import FIELDS
from policytrack.values.choices import Instrument, PendingStatus, QuotaStage, RuleKind, SupportStage

if TYPE_CHECKING:
    from policytrack.events import Event
    from policytrack.questions.citation import Citation
    from policytrack.questions.explanation import Explanation
    from policytrack.readmodel.session import Session, ViewInfo

T = TypeVar("T")
_LOG: Final = logging.getLogger("policytrack")
_FIGURES: Final = (*FIGURES, *(figure.replace("_", "-") for figure in FIGURES))
_FIELDS: Final = (*FIELDS, *(field.replace("_", "-") for field in FIELDS))


class OpenLedger:
    """An open ledger. Every query takes coordinates by name: `as_of`, `known_at`, `head` and the others of `When`.

    All methods raise a `PolicytrackError`, with the code and the hint that the command line prints.
    """

    def __init__(self, ledger: Ledger, when: When | None = None, reader: Reader | None = None) -> None:
        """Open a ledger with default coordinates. Use `policytrack.open` and `at` instead."""
        self._ledger, self._when = ledger, cast("When", dict(when or {}))
        self._reader = reader or Reader(ledger, today, _LOG.info)

    def __enter__(self) -> OpenLedger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the read model. The next query opens it again."""
        self._reader.close()

    @property
    def folder(self) -> Path:
        """The folder of the ledger."""
        return self._ledger.root

    @property
    def head(self) -> int:
        """The position of the last event in the event store."""
        return self._reader.head()

    def at(self, **when: Unpack[When]) -> OpenLedger:
        """Return the same ledger with other default coordinates: `ledger.at(as_of="2025-10-31").capacity()`."""
        found = OpenLedger(self._ledger, cast("When", {**self._when, **when}), self._reader)
        coordinates_of(self._ledger, found._when, today())  # raises for a wrong one here
        return found

    def asof(self, day: Day) -> OpenLedger:
        """Return the same ledger as it was on a day, as known on that day: both dates are the day."""
        both = required_day(day, "day", today())
        return self.at(as_of=both, known_at=both)

    # Figures

    def capacity(
        self,
        by: str = "country",
        *,
        country: Some = (),
        region: Some = (),
        activity: Some = (),
        firm: Some = (),
        facility: Some = (),
        field: Some = (),
        min_sources: int = 0,
        verified: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return capacity by country, region, facility or unit of a plant: `policytrack capacity`."""
        form = one_of("by", by, get_args(requests.CapacityBy))
        filters = _lists(country=country, region=region, activity=activity, firm=firm, facility=facility, field=field)
        request = requests.capacity(form, filters, Evidence(min_sources, verified))
        given = {"by": unless(by, "country"), **filters, "min_sources": min_sources, "verified": verified}
        return self._answer(described("capacity", given), when, lambda _: request)

    def holdings(
        self,
        firm: Some = (),
        *,
        activity: Some = (),
        basis: Some = (),
        status: Some = (),
        **when: Unpack[When],
    ) -> Result:
        """Return the capacity of firms on three bases: `policytrack holdings`. Do not add over firms."""
        filters = {
            **_lists(firm=firm, activity=activity),
            "basis": some_of("basis", basis, BASES),
            "status": some_of("status", status, STATUSES),
        }
        return self._answer(described("holdings", filters), when, lambda _: Request("holdings", filters))

    def pending(
        self,
        by: str = "project",
        *,
        country: Some = (),
        region: Some = (),
        activity: Some = (),
        firm: Some = (),
        facility: Some = (),
        project: Some = (),
        field: Some = (),
        status: Some = (),
        slipped: bool = False,
        overdue: bool = False,
        due_before: Day | None = None,
        min_sources: int = 0,
        verified: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return projects that are not completed, one row each or per year due: `policytrack pending`."""
        form = one_of("by", by, get_args(requests.PendingBy))
        filters: dict[str, Any] = {
            **_lists(country=country, region=region, activity=activity, firm=firm, facility=facility, project=project),
            "field": listed(field),
            "status": some_of("status", status, get_args(PendingStatus)),
            "overdue": overdue, "slipped": slipped, "due_before": day_of(due_before, "due_before", today()),
        }  # fmt: skip
        request = requests.pending(form, filters, Evidence(min_sources, verified))
        given = {"by": unless(by, "project"), **filters, "min_sources": min_sources, "verified": verified}
        return self._answer(described("pending", given), when, lambda _: request)

    def planned_retirements(
        self,
        *,
        country: Some = (),
        region: Some = (),
        activity: Some = (),
        firm: Some = (),
        facility: Some = (),
        field: Some = (),
        overdue: bool = False,
        due_before: Day | None = None,
        **when: Unpack[When],
    ) -> Result:
        """Return announced retirements of capacity: `policytrack pending --retirements`."""
        filters = {
            **_lists(country=country, region=region, activity=activity, firm=firm, facility=facility, field=field),
            "overdue": overdue, "due_before": day_of(due_before, "due_before", today()),
        }  # fmt: skip
        request = requests.planned_retirements(filters, {}, Evidence())
        return self._answer(described("pending", {"retirements": True, **filters}), when, lambda _: request)

    def series(
        self,
        start: Day,
        end: Day | None = None,
        *,
        every: str = "year",
        vintage: str = "current",
        country: Some = (),
        activity: Some = (),
        **when: Unpack[When],
    ) -> Result:
        """Return national figures at the end of each month, quarter or year: `policytrack series`."""
        first, last = required_day(start, "start", today()), day_of(end, "end", today())
        how = one_of("every", every, tuple(MONTHS)), one_of("vintage", vintage, VINTAGES)
        filters = _lists(country=country, activity=activity)
        given = {
            "from": first,
            "to": last,
            "every": unless(every, "year"),
            "vintage": unless(vintage, "current"),
            **filters,
        }
        return self._answer(
            described("series", given), when,
            lambda session: requests.series(first, last, *how, filters, session.coordinates),
        )  # fmt: skip

    def forecast(
        self, end: Day, *, every: str | None = None, country: Some = (), activity: Some = (), **when: Unpack[When]
    ) -> Result:
        """Return stated completions and retirements added up to a date: `policytrack forecast`."""
        last, filters = required_day(end, "end", today()), _lists(country=country, activity=activity)
        period = None if every is None else one_of("every", every, tuple(MONTHS))
        return self._answer(
            described("forecast", {"to": last, "every": period, **filters}), when,
            lambda session: requests.forecast(last, period, filters, session.coordinates),
        )  # fmt: skip

    def diff(
        self,
        start: Day,
        end: Day | None = None,
        *,
        known_from: Day | None = None,
        known_to: Day | None = None,
        figures: Some = (),
        country: Some = (),
        activity: Some = (),
        stat: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return the changes of national figures between two dates, happened and learned: `policytrack diff`."""
        first, last = required_day(start, "start", today()), day_of(end, "end", today())
        known = day_of(known_from, "known_from", today()), day_of(known_to, "known_to", today())
        names, filters = some_of("figures", figures, _FIGURES), _lists(country=country, activity=activity)
        given = {"from": first, "to": last, "known_from": known[0], "known_to": known[1], "figure": names, **filters}
        return self._answer(
            described("diff", {**given, "stat": stat}), when,
            lambda session: requests.diff(first, last, *known, names, filters, session.coordinates, stat=stat),
        )  # fmt: skip

    # Policy

    def swaps(
        self,
        swap: Some = (),
        *,
        country: Some = (),
        activity: Some = (),
        firm: Some = (),
        project: Some = (),
        verdict: Some = (),
        status: Some = (),
        **when: Unpack[When],
    ) -> Result:
        """Return capacity swaps with their verdicts and the reasons: `policytrack swaps`."""
        filters = {
            **_lists(swap=swap, country=country, activity=activity, firm=firm, project=project),
            "verdict": some_of("verdict", verdict, requests.VERDICTS),
            "status": some_of("status", status, requests.SWAP_STATUSES),
        }
        return self._answer(described("swaps", filters), when, lambda _: Request("swaps", filters))

    def lots(
        self,
        lot: Some = (),
        *,
        activity: Some = (),
        firm: Some = (),
        facility: Some = (),
        only_open: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return credit lots: capacity recognised, drawn, returned and remaining: `policytrack lots`."""
        filters = {**_lists(lot=lot, activity=activity, firm=firm, facility=facility), "open": only_open}
        return self._answer(described("lots", filters), when, lambda _: Request("lots", filters))

    def quotas(
        self,
        by: str = "notice",
        *,
        year: int | Sequence[int] = (),
        stage: Some = (),
        material: Some = (),
        holder: Some = (),
        country: Some = (),
        activity: Some = (),
        perimeter: str = "reported",
        **when: Unpack[When],
    ) -> Result:
        """Return quotas by notice, holder or year, with the change from the year before: `policytrack quotas`."""
        form = one_of("by", by, get_args(requests.QuotasBy))
        filters = {
            **_lists(country=country, activity=activity, year=year, material=material, firm=holder),
            "stage": some_of("stage", stage, get_args(QuotaStage)),
            "perimeter": one_of("perimeter", perimeter, requests.PERIMETERS),
        }
        given = {"by": unless(by, "notice"), **filters, "perimeter": unless(perimeter, "reported")}
        return self._answer(described("quotas", given), when, lambda _: requests.quotas(form, filters))

    def policies(
        self,
        rule: Some = (),
        *,
        activity: Some = (),
        jurisdiction: Some = (),
        kind: Some = (),
        also_not_in_force: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return the rules in force on a day; a rule that is named, also if it is not: `policytrack policies`."""
        filters: dict[str, Any] = {
            **_lists(rule=rule, activity=activity, jurisdiction=jurisdiction),
            "kind": some_of("kind", kind, get_args(RuleKind)),
        }
        filters["all"] = also_not_in_force or bool(filters["rule"])
        return self._answer(described("policies", filters), when, lambda _: Request("policies", filters))

    def support(
        self,
        *,
        firm: Some = (),
        project: Some = (),
        instrument: Some = (),
        stage: Some = (),
        jurisdiction: Some = (),
        **when: Unpack[When],
    ) -> Result:
        """Return public support, one row per stage: `policytrack support`. Do not add the stages of one support."""
        filters = {
            **_lists(firm=firm, project=project, jurisdiction=jurisdiction),
            "instrument": some_of("instrument", instrument, get_args(Instrument)),
            "support_stage": some_of("stage", stage, get_args(SupportStage)),
        }
        return self._answer(described("support", filters), when, lambda _: Request("supports", filters))

    # Events

    def news(
        self, since: Day, *, what: Some = (), country: Some = (), activity: Some = (), **when: Unpack[When]
    ) -> Result:
        """Return what became known since a day: `policytrack news`."""
        first, kinds = required_day(since, "since", today()), some_of("what", what, requests.WHAT)
        filters = _lists(country=country, activity=activity)
        return self._answer(
            described("news", {"since": first, "what": kinds, **filters}), when,
            lambda session: requests.news(first, kinds, filters, session.coordinates),
        )  # fmt: skip

    def log(
        self,
        *,
        type: Some = (),  # the name of the flag
        firm: Some = (),
        facility: Some = (),
        project: Some = (),
        since: Day | None = None,
        until: Day | None = None,
        text: str | None = None,
        min_sources: int = 0,
        verified: bool = False,
        **when: Unpack[When],
    ) -> Result:
        """Return the events in the order in which they were recorded: `policytrack log`."""
        filters = {
            **_lists(firm=firm, facility=facility, project=project), "text": text,
            "since": day_of(since, "since", today()), "until": day_of(until, "until", today()),
        }  # fmt: skip
        request = requests.log(listed(type), filters, Evidence(min_sources, verified))
        given = {"type": listed(type), **filters, "min_sources": min_sources, "verified": verified}
        return self._answer(described("log", given), when, lambda _: request)

    def check(self, *names: str, severity: Some = (), **when: Unpack[When]) -> Result:
        """Return the findings of the checks, also acknowledged ones: `policytrack check --acknowledged`."""
        kinds = some_of("severity", severity, requests.SEVERITIES)
        given = {"severity": kinds}
        return self._answer(
            described(" ".join(("check", *names)), given), when, lambda session: requests.checks(session, names, kinds)
        )

    def event(self, name: int | str) -> dict[str, Any]:
        """Return the fields of an event as stored, by position (14, ``e14``) or event id. Raises `NotFound`."""
        position, fields = stored_event(self._ledger, str(name))
        return {"position": position, **fields}

    # Explanations

    def why(self, figure: str, *, country: str, activity: str, **when: Unpack[When]) -> Explained:
        """Explain a national figure by the events and sources behind it: `policytrack why FIGURE`."""
        from policytrack.questions import check_filters
        from policytrack.questions.why_national import explain

        name = one_of("figure", figure, _FIGURES).replace("-", "_")

        def question(session: Session) -> Explanation:
            check_filters(session, _lists(country=country, activity=activity))
            return explain(session, name, country, activity)

        return self._explain(
            described(f"why {name.replace('_', '-')}", {"country": country, "activity": activity}), when, question
        )

    def why_project(self, project: str, field: str, **when: Unpack[When]) -> Explained:
        """Explain a field of a project, such as status, due or net: `policytrack why project`."""
        from policytrack.questions.why_project import explain_project

        name = one_of("field", field, _FIELDS).replace("-", "_")
        return self._explain(
            f"why project {project} {field}", when, lambda session: explain_project(session, project, name)
        )

    def why_holdings(
        self,
        firm: str,
        activity: str,
        *,
        basis: str = "attributable",
        status: str = "operating",
        **when: Unpack[When],
    ) -> Explained:
        """Explain a firm's capacity by its chains of shares: `policytrack why holdings`."""
        from policytrack.questions.why_holding import explain_holding

        choices = one_of("basis", basis, BASES), one_of("status", status, STATUSES)
        asked = described(
            f"why holdings {firm} {activity}",
            {"basis": unless(basis, "attributable"), "status": unless(status, "operating")},
        )
        return self._explain(asked, when, lambda session: explain_holding(session, firm, activity, *choices))

    def why_quota(
        self,
        year: int,
        *,
        holder: str | None = None,
        batch: str | None = None,
        stage: Some = (),
        material: Some = (),
        country: Some = (),
        activity: Some = (),
        perimeter: str = "reported",
        **when: Unpack[When],
    ) -> Explained:
        """Explain a year's quota by its notices: `policytrack why quota`."""
        from policytrack.questions.why_quota import QuotaQuestion, explain_quota

        stages = tuple(some_of("stage", stage, get_args(QuotaStage)))
        others = tuple(listed(material)), tuple(listed(country)), tuple(listed(activity))
        quota = QuotaQuestion(year, holder, batch, stages, *others, one_of("perimeter", perimeter, requests.PERIMETERS))
        given = {"holder": holder, "batch": batch, "stage": stages, "country": others[1], "activity": others[2]}
        return self._explain(described(f"why quota {year}", given), when, lambda session: explain_quota(session, quota))

    # SQL

    def sql(
        self,
        query: str,
        parameters: Mapping[str, object] | None = None,
        *,
        limit: int | None = None,
        timeout: float = 60,
        **when: Unpack[When],
    ) -> Result:
        """Run an SQL query on the views in the sandbox: `policytrack sql`. `$name` binds a parameter, which is text."""
        from policytrack.readmodel.sandbox import run_sql

        def run(path: Path, citation: Citation) -> Result:
            table = run_sql(
                path, citation.coordinates, query, parameters=parameters, limit=limit, timeout_seconds=timeout,
                today=today(),
            )  # fmt: skip
            return Result(table, citation, "sql")

        return self._run(when, run)

    def view(self, name: str, **when: Unpack[When]) -> Result:
        """Return all rows of a view, with its columns in types that Arrow holds exactly. Raises `NotFound`."""
        from policytrack.questions.ask import question_sql
        from policytrack.values.ids import near_matches

        known = self._ledger.view_names()
        if name not in known:
            close = near_matches(name, known)
            hint = f"similar: {', '.join(close)}" if close else "list the views with `policytrack schema`"
            raise NotFound(f"there is no view {name!r}", hint=hint, candidates=tuple(close))

        def answer(session: Session, citation: Citation) -> Result:
            return Result(session.of_view(name, question_sql("view")), citation, f"view {name}")

        return self._query(when, answer)

    def views(self) -> list[ViewInfo]:
        """Return the public views with their columns, types and meanings: `policytrack schema`."""
        return self._query({}, lambda session, _: session.views())

    # Recording

    def record(self, *events: Mapping[str, Any] | Event, dry_run: bool = False, allow_later: bool = False) -> Recorded:
        """Record events in one transaction. Each is a dict of its fields, with its `type`; see `policytrack schema`.

        With `dry_run`, only decide. Raises `RejectedImport` with every invalid field, a `Refused` for a conflict, and
        `UsageError` for a knowledge date after today or a doubtful clock unless `allow_later`.
        """
        return record(self._ledger, events, dry_run=dry_run, allow_later=allow_later, notes=_LOG.info)

    def import_(
        self,
        *files: str | Path,
        map: str | Path | None = None,  # the name of the flag
        format: str = "auto",  # the name of the flag
        source: Mapping[str, Any] | None = None,
        register_missing: bool = False,
        dry_run: bool = False,
        allow_later: bool = False,
        max_errors: int | None = 50,
        **tables: Unpack[TableArguments],
    ) -> Recorded:
        """Import files of events or tables in one transaction: `policytrack import`. Importing again records nothing.

        Raises `RejectedImport` with every error and its place; nothing is written then.
        """
        if not files:
            raise UsageError("there is no file to import", hint="pass at least one path")
        return import_files(
            self._ledger, files, map_file=None if map is None else Path(map), format_=format, source=source,
            register_missing=register_missing, dry_run=dry_run, allow_later=allow_later, max_errors=max_errors,
            notes=_LOG.info, tables=tables,
        )  # fmt: skip

    # How a query runs

    def _answer(self, asked: str, when: When, request_of: Callable[[Session], Request]) -> Result:
        from policytrack.questions.answering import answered

        def answer(session: Session, citation: Citation) -> Result:
            request = request_of(session)
            found = answered(session, request)
            notes = [f"{name} is {id_}" for name, id_ in found.ids.items()]
            if found.hidden:
                notes.append(left_out(found.hidden, found.hidden + found.table.num_rows, request.evidence))
            if note := below_zero(found.table):
                notes.append(note)
            return Result(found.table, citation, asked, tuple(notes))

        return self._query(when, answer)

    def _explain(self, asked: str, when: When, question: Callable[[Session], Explanation]) -> Explained:
        return self._query(when, lambda session, citation: Explained(question(session), citation, asked))

    def _query(self, when: When, question: Callable[[Session, Citation], T]) -> T:
        def run(path: Path, citation: Citation) -> T:
            from policytrack.readmodel.session import Session

            with Session(path, citation.coordinates) as session:
                return question(session, citation)

        return self._run(when, run)

    def _run(self, when: When, run: Callable[[Path, Citation], T]) -> T:
        """Find the file for the coordinates and run on it. A damaged read model is rebuilt, and the query run again."""
        coordinates = coordinates_of(self._ledger, cast("When", {**self._when, **when}), today())
        try:
            located = self._reader.locate(coordinates)
            return run(located.path, located.citation)
        except DamagedReadModel as damage:
            _LOG.warning("%s; rebuilding it from the events", damage.what)
            self._reader.rebuild()
        located = self._reader.locate(coordinates)
        return run(located.path, located.citation)


def _lists(**given: Any) -> dict[str, Any]:
    return {name: listed(value) for name, value in given.items()}


def open_ledger(folder: str | Path = ".", *, trust: bool = False) -> OpenLedger:
    """Open the ledger in a folder or the nearest one above it.

    With `trust`, trust its own SQL files as they are now, as the option `--trust` does. Warnings go to the logger
    ``policytrack``. Raises `NotFound` without a ledger, and what opening its event store raises.
    """
    ledger = Ledger.find(Path(folder).expanduser())
    if ledger.is_without_anchor():
        _LOG.warning("ledger.head is missing in %s: a loss of the last events would not be noticed", ledger.root)
    if ledger.own_sql.files():
        if trust:
            ledger.own_sql.trust_all()
        elif names := list(ledger.own_sql.untrusted()):
            _LOG.warning("not used: %s; read the files, then open the ledger with trust=True", ", ".join(names))
    return OpenLedger(ledger)


def create_ledger(folder: str | Path, *, store: str | None = None) -> OpenLedger:
    """Create an empty ledger in a folder and open it: `policytrack init`. Raises what `Ledger.create` raises."""
    return OpenLedger(Ledger.create(Path(folder).expanduser(), address=store))
