"""The kinds of things that have a page: the query of the facts about one, and the tables under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound, shortened
from policytrack.questions import ask, identify
from policytrack.resources import reference_table

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing. `tables` are those on its page: the name of each, and the parameter that holds the id.

    The parameter ``subject`` holds the kind too. `named` things may be asked for by any of their names. A thing without
    a `query` is only what its tables say of it.
    """

    kind: str
    tables: tuple[tuple[str, str], ...]
    first: tuple[str, ...]
    query: str = ""
    named: bool = False
    has_course: bool = False
    """Whether its page has a chart of capacity over time."""

    def address(self, name: str, id_: str) -> Values:
        """Return the values of a table of the page for the thing of an id."""
        parameter = dict(self.tables)[name]
        return {parameter: f"{self.kind}:{id_}" if parameter == "subject" else id_}


_ABOUT: Final = (("events", "subject"), ("subject_sources", "subject"))
_BOTH: Final = ("events", "subject_sources")
KINDS: Final = {
    thing.kind: thing
    for thing in (
        Thing(
            "country",
            (
                ("capacity", "country"), ("pending", "country"), ("facilities", "country"), ("swaps", "country"),
                ("rules", "jurisdiction"), ("quotas", "country"), ("support", "jurisdiction"), ("news", "country"),
            ),
            ("capacity",), has_course=True,
        ),
        Thing(
            "activity",
            (
                ("capacity", "activity"), ("pending", "activity"), ("facilities", "activity"),
                ("holdings", "activity"), ("swaps", "activity"), ("lots", "activity"), ("quotas", "activity"),
                ("rules", "activity"), ("news", "activity"),
            ),
            ("capacity",), query="activity", has_course=True,
        ),
        Thing(
            "firm",
            (
                ("holdings", "firm"), ("owners", "id"), ("tree", "id"), ("control", "id"),
                ("facilities", "firm"), ("pending", "firm"), ("swaps", "firm"), ("lots", "firm"),
                ("quotas", "holder"), ("support", "firm"), *_ABOUT,
            ),
            ("holdings", "owners", *_BOTH), query="firm", named=True,
        ),
        Thing(
            "facility",
            (("facilities", "facility"), ("pending", "facility"), ("lots", "facility"), *_ABOUT),
            ("facilities", *_BOTH), query="facility", named=True,
        ),
        Thing("project", (("swaps", "project"), ("support", "project"), *_ABOUT), _BOTH, query="project", named=True),
        Thing("swap", _ABOUT, _BOTH, query="swap"),
        Thing("lot", _ABOUT, _BOTH, query="lot"),
        Thing("rule", _ABOUT, _BOTH, query="rule"),
        Thing("quota", _ABOUT, _BOTH, query="quota"),
        Thing("support", _ABOUT, _BOTH),
        Thing("source", (), (), query="source"),
    )
}  # fmt: skip
"""The kinds by name."""


def facts_of(session: Session, thing: Thing, name: str) -> tuple[str, Any]:
    """Return the id of the thing that an id or name means, and a table with one row of facts; None without a query.

    Raises `NotFound` with near matches, or when nothing is known of it at the coordinates.
    """
    if not thing.query:
        if thing.kind == "country" and name not in {row["country_code"] for row in reference_table("countries")}:
            raise NotFound(f"no country {shortened(name)!r}", hint="use a code of ISO 3166-1, such as CN")
        if thing.kind == "support" and not ask(session, "log", {"subject": [f"support:{name}"]}).num_rows:
            raise NotFound(f"no support {shortened(name)!r}", hint="choose later dates, or see the list of support")
        return name, None
    # Most addresses hold ids. Only where an id gives nothing are all names compared.
    table = ask(session, thing.query, {"id": name})
    if not table.num_rows:
        id_ = identify(session, thing.kind, name) if thing.kind != "quota" else name
        table = table if id_ == name else ask(session, thing.query, {"id": id_})
        if not table.num_rows:
            raise NotFound(
                f"nothing is known of {thing.kind} {shortened(name)!r} at these dates", hint="choose later dates"
            )
        name = id_
    return name, table
