"""The pages: each gathers tables and facts at coordinates, for a template to lay out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from policytrack.errors import NotFound, shortened
from policytrack.output.pretty import pretty, visible_in_pages
from policytrack.output.values import rows_of
from policytrack.questions import ask, resolve_event
from policytrack.questions.explanation import MOST_SHOWN
from policytrack.serve.asked import Asked, Reply
from policytrack.serve.cells import Cell, Links, Part, label, named_in
from policytrack.serve.downloads import FORMATS
from policytrack.serve.parameters import PAGING, Parameter, paging_of, values_of
from policytrack.serve.searching import SEARCHED, search
from policytrack.serve.tables import TABLES, Some, Table, rows_of_table, some_of_table
from policytrack.serve.things import KINDS, facts_of
from policytrack.serve.why import ALL, Why
from policytrack.values.edtf import readable

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.explanation import Explanation

MOST_ROWS: Final = 200
"""Rows of a table on a page of its own."""
_FEW_ROWS: Final = 25
"""Rows of a table on a page with other tables."""
_NAMED: Final = ("activity", "firm", "facility", "project", "rule")
"""Kinds of things that have names beside their ids."""
_WITH_MAP: Final = ("facilities", "places")
_MOST_PLACES: Final = 2000
"""Places on a map: those with most capacity."""
_SHOWN_ELSEWHERE: Final = frozenset({"sources", "type", "schema_version"})
NAVIGATION: Final = (
    ("/", "Nation"), *((f"/{name}", TABLES[name].title) for name in (
        "pending", "holdings", "swaps", "lots", "quotas", "rules", "support", "facilities", "firms", "events",
        "sources", "news", "findings",
    )),
    ("/sql", "SQL"), ("/api", "API"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A table on a page: its columns (heading, whether figures), some rows, and where the rest is."""

    id: str
    title: str
    caption: str
    columns: list[tuple[str, bool]]
    rows: list[list[Cell]]
    count: int
    start: int = 0
    files: list[tuple[str, str]] = field(default_factory=list)
    more: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what it is about, facts, tables, and the names of the tables that are empty."""

    title: str
    kind: str = ""
    lead: str = ""
    facts: list[tuple[str, Cell]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    later: list[tuple[str, str, str]] = field(default_factory=list)
    """Tables that are loaded after the page: name, title and address."""
    course: dict[str, str] = field(default_factory=dict)
    places: str = ""
    """The address of the places that a map shows."""
    form: list[tuple[Parameter, list[str]]] = field(default_factory=list)
    template: str = "page.html"
    more: dict[str, Any] = field(default_factory=dict)


def render(asked: Asked, page: Page) -> Reply:
    """Return a page as HTML."""
    links = asked.links
    first = _first_days(asked)
    text = template(page.template).render(
        page=page, ledger=asked.citation.ledger, footer=asked.citation.footer(), links=links, path=asked.address,
        as_of=asked.coordinates.as_of.isoformat(), known_at=asked.coordinates.known_at.isoformat(),
        head=asked.citation.position, is_pinned=asked.is_pinned, today=asked.today.isoformat(),
        first_as_of=str(first["first_as_of"] or asked.today),
        first_known_at=str(first["first_known_at"] or asked.today),
        navigation=NAVIGATION, is_writable=asked.is_writable,
        unpinned=Links(asked.coordinates, is_pinned=False).to(asked.address),
        given=[pair for pair in asked.pairs if pair[0] != "start"],
        at=[pair for pair in links.parameters() if pair[0] not in ("as_of", "known_at")],
    )  # fmt: skip
    return Reply(visible_in_pages(text).encode())


def start(asked: Asked) -> Reply:
    """The start page: national capacity and its course, then pending projects and news."""
    capacity = TABLES["capacity"]
    given = asked.values(capacity.parameters)
    nation = rows_of_table(asked.session, capacity, given)
    links = asked.links
    sections = [
        _section(asked, links, capacity, Some(nation.slice(0, MOST_ROWS), 0, nation.num_rows), given, MOST_ROWS)
    ]
    later = [(name, TABLES[name].title, links.to(f"/{name}", _named(capacity, given))) for name in ("pending", "news")]
    lead = (
        "Each facility counts once. Figures of two activities are never added. Choose a figure to see the events behind"
        " it, and a name to see what is recorded about it."
    )
    course = _course(links, nation, given)
    return render(asked, Page("National capacity", lead=lead, sections=sections, later=later, course=course))


def table_page(asked: Asked, table: Table) -> Reply:
    """The page of one table, with its filters as a form."""
    given = asked.values((*table.parameters, PAGING[0]))
    first, limit = paging_of(given, MOST_ROWS)
    some = some_of_table(asked.session, table, given, first, limit)
    texts: dict[str, list[str]] = {}
    for name, text in asked.pairs:
        texts.setdefault(name, []).append(text)
    section = _section(asked, asked.links, table, some, given, limit)
    form = [(parameter, texts.get(parameter.name, [])) for parameter in table.parameters]
    page = Page(table.title, lead=_without_code(table.meaning), sections=[section], form=form)
    if table.name in _WITH_MAP and some.count:
        page = replace(page, places=asked.links.to("/api/v1/places", {**_named(table, given), "limit": _MOST_PLACES}))
    return render(asked, page)


def thing_page(asked: Asked, kind: str) -> Reply:
    """The page of a thing: its facts, and what the ledger has about it."""
    asked.values(())
    thing = KINDS[kind]
    id_, table = facts_of(asked.session, thing, asked.path["id"])
    links = asked.links
    sections, empty, later = [], [], []
    course: dict[str, str] = {}
    for name, _ in thing.tables:
        of, given = TABLES[name], thing.address(name, id_)
        if name not in thing.first:
            later.append((name, of.title, links.to(f"/{name}", given)))
            continue
        limit = MOST_ROWS if thing.has_course else _FEW_ROWS
        some = some_of_table(asked.session, of, _values(asked, of, given), 0, limit)
        if some.count:
            sections.append(_section(asked, links, of, some, given, limit))
        else:
            empty.append(of.title.lower())
        if thing.has_course:
            course = _course(links, some.rows, {"country": [], "activity": [], kind: [id_]})
    facts: list[tuple[str, Cell]] = []
    title = links.names.get((kind, id_), id_)
    if table is not None:
        row = rows_of(table)[0]
        _add_names(asked, links, named_in([row], row))
        facts = [
            (label(name), Cell((Part(pretty(value)),)) if name == f"{kind}_id" else links.cell(name, value, row))
            for name, value in row.items()
            if value not in (None, [], "") and name not in ("name", "title")
        ]
        title = str(row.get("name") or row.get("title") or id_)
    if kind in ("firm", "facility", "project"):
        for own in ask(asked.session, "fields_of_thing", {"thing_kind": kind, "id": id_}).to_pylist():
            shown = f"{own['value']} {own['unit']}" if own["unit"] else own["value"]
            facts.append((pretty(own["field"]), Cell((Part(pretty(shown)),))))
    page = Page(title, kind=kind, facts=facts, sections=sections, empty=empty, later=later, course=course)
    return render(asked, page)


def event_page(asked: Asked) -> Reply:
    """The page of an event: what is stored, what superseded it, its sources, and claims about it."""
    asked.values(())
    name = asked.path["position"]
    event = resolve_event(asked.session, name)
    if event is None:
        raise NotFound(
            f"no event {shortened(name)!r} is known at these dates", hint="choose a later known_at, or see /events"
        )
    links, position = asked.links, event["position"]
    _add_names(asked, links, named_in([event], ("subjects",)))
    shown = ("effective", "known_on", "recorded_at", "subjects", "assertion", "superseded_by", "because", "event_id")
    facts = [(label(one), links.cell(one, event[one], event)) for one in shown if event[one] not in (None, [])]
    stored = asked.reader.stored(position)
    facts += [
        (label(one), _stored_cell(links, one, value))
        for one, value in stored.items()
        if one not in _SHOWN_ELSEWHERE and one not in event and value not in (None, [], "", {})
    ]
    sections, empty = [], []
    for table, given in (("event_sources", {"position": position}), ("event_claims", {"event_id": event["event_id"]})):
        of = TABLES[table]
        some = some_of_table(asked.session, of, given, 0, MOST_ROWS)
        if some.count:
            sections.append(_section(asked, links, of, some, given, MOST_ROWS))
        else:
            empty.append(of.title.lower())
    lead = event["type"].replace("_", " ")
    more = {"event": position if event["type"] != "event_retracted" else None}
    return render(asked, Page(event["summary"], f"event e{position}", lead, facts, sections, empty, more=more))


def why_page(asked: Asked, why: Why) -> Reply:
    """The page of an explanation: the events that make a figure, which add up to it, and those that do not count.

    Of a figure that many things make, the page has those that add most, what the others add, and a link to all.
    """
    own = [pair for pair in asked.pairs if pair[0] != ALL.name]
    is_all = values_of((ALL,), [pair for pair in asked.pairs if pair[0] == ALL.name], asked.today)["all"]
    explanation = why.explain(replace(asked, pairs=own), None if is_all else MOST_SHOWN)
    links = asked.links
    subject = [(kind.removesuffix("_id").removesuffix("_code"), id_) for kind, id_ in explanation.subject.items()]
    # The things of a holding are of one kind, and named without it.
    held = "project" if explanation.choices.get("status") == "pending" else "facility"
    leaves = [*explanation.leaves, *explanation.not_counted]
    things = [(leaf.get("thing") or "").rpartition(":") for leaf in leaves]
    firms = [("firm", firm) for leaf in leaves for firm in leaf.get("path") or ()]
    _add_names(asked, links, {*subject, *firms, *((kind or held, id_) for kind, _, id_ in things)})
    of = " · ".join(links.names.get(one, one[1]) for one in subject)
    title = f"{label(explanation.figure)}: {_reported(explanation)}"
    rest = None
    if explanation.rest is not None:
        all_lines = urlencode([*own, (ALL.name, "true"), *links.parameters()])
        rest = {**explanation.rest._asdict(), "address": f"{asked.address}?{all_lines}"}
    more = {
        "explanation": explanation, "parts": explanation.tree(), "pretty": pretty, "of": of, "held": held, "rest": rest,
    }  # fmt: skip
    return render(asked, Page(title, "why", template="why.html", more=more))


def search_page(asked: Asked) -> Reply:
    """The page of a search: things with every word of the query in their id or one of their names."""
    query = asked.values((SEARCHED,))["q"] or ""
    found = search(asked.session, query)
    links = asked.links
    rows = [
        [Cell((Part(row["kind"]),)),
         Cell((Part(pretty(row["name"] or row["id"]), links.to(f"/{row['kind']}/{quote(row['id'], safe='')}"),),)),
         Cell((Part(pretty(row["id"])),)), Cell((Part(pretty(row["names"])),))]
        for row in found[:MOST_ROWS]
    ]  # fmt: skip
    columns = [("kind", False), ("name", False), ("id", False), ("other names", False)]
    sections = [Section("found", "Found", "", columns, rows, len(found))] if query else []
    return render(asked, Page("Search", sections=sections, more={"query": query}, template="search.html"))


def _section(asked: Asked, links: Links, table: Table, some: Some, given: dict[str, Any], limit: int) -> Section:
    """Return some rows of a table for a page. `given` are the values of the address, by parameter or filter."""
    first = some.start
    shown = [name for name in table.shown if name in some.rows.column_names]
    part = rows_of(some.rows)
    _add_names(asked, links, named_in(part, shown))
    cells = [[links.cell(name, row[name], row) for name in shown] for row in part]
    columns = [(label(name), any(row[at].is_number for row in cells)) for at, name in enumerate(shown)]
    address, values = f"/{table.name}", _named(table, given)
    is_whole, has_more = limit >= MOST_ROWS, some.count > first + limit
    return Section(
        table.name, table.title, table.empty, columns, cells, some.count, first,
        [(format_, links.to(f"/api/v1{address}.{format_}", values)) for format_ in FORMATS],
        links.to(address, values) if has_more and not is_whole else "",
        links.to(address, {**values, "start": max(0, first - limit)}) if first else "",
        links.to(address, {**values, "start": first + limit}) if has_more and is_whole else "",
    )  # fmt: skip


def _named(table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an address by parameter, from those by filter, as text."""
    of = {parameter.filter: parameter.name for parameter in table.parameters if parameter.filter}
    return {of.get(name, name): _spelt(value) for name, value in given.items()}


def _values(asked: Asked, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """Return all values of a table: those given, and for the others what a missing parameter means."""
    pairs = [
        (name, str(one))
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
        if value not in (None, "", [])
    ]
    return values_of(table.parameters, pairs, asked.today)


def _spelt(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else ""
    return [str(one) for one in value] if isinstance(value, list) else value


def _course(links: Links, nation: pa.Table, given: dict[str, Any]) -> dict[str, str]:
    """Return what the chart of capacity over time needs: of the activity with most facilities, by quarters."""
    if not nation.num_rows:
        return {}
    rows = nation.select(["activity_id", "facility_count", "unit"]).to_pylist()
    main = max(rows, key=lambda row: (row["facility_count"], row["activity_id"] or ""))
    if not main["activity_id"]:
        return {}
    values = {"activity": main["activity_id"], "country": given["country"], "every": "quarter"}
    country = ", ".join(links.names.get(("country", code), code) for code in given["country"]) or "all countries"
    name = links.names.get(("activity", main["activity_id"]), main["activity_id"])
    return {
        "address": links.to("/api/v1/series", values),
        "title": f"{name}, {country}, in {main['unit']}",
        "table": links.to("/series", values),
    }


def _add_names(asked: Asked, links: Links, things: set[tuple[str, str]]) -> None:
    """Look up the names of things that a page shows, at the dates of the page."""
    for kind in _NAMED:
        unknown = sorted(id_ for of, id_ in things if of == kind and (of, id_) not in links.names)
        if unknown:
            for row in ask(asked.session, f"names_{kind}", {"ids": unknown}).to_pylist():
                links.names[kind, row["id"]] = row["name"]


def _stored_cell(links: Links, name: str, value: Any) -> Cell:
    """Return the cell of a field of a stored event: a date or quantity as the source wrote it, if that is stored."""
    if isinstance(value, dict):
        value = (
            value.get("written")
            or (value.get("edtf") and readable(value["edtf"]))
            or " ".join(map(str, value.values()))
        )
    return links.cell(name, value, {})


def _reported(explanation: Explanation) -> str:
    is_unknown = explanation.reported is None and explanation.is_sum
    return f"{'unknown' if is_unknown else pretty(explanation.reported)} {explanation.unit or ''}".rstrip()


def _first_days(asked: Asked) -> dict[str, Any]:
    (row,) = ask(asked.session, "first_days").to_pylist()
    days: dict[str, Any] = row
    return days


def _without_code(text: str) -> str:
    return text.replace("`", "")


@cache
def template(name: str) -> Any:
    """Return a template by name; it escapes every value."""
    import jinja2

    loader = jinja2.PackageLoader("policytrack.serve", "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)
