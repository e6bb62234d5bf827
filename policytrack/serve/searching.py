"""Finds registered things by words in their ids and names, for the search page, the API, and the inputs of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from policytrack.questions import ask
from policytrack.questions.ask import folded
from policytrack.serve.parameters import Parameter
from policytrack.serve.things import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

SEARCHED: Final = Parameter("q", "Words to look for in ids and names, of any language.")
OF_KIND: Final = Parameter("kind", "Only things of this kind.", choices=(*KINDS, "region", "field"))


def search(session: Session, query: str, kind: str = "") -> list[dict[str, Any]]:
    """Return the things with every word of a query in their id or one of their names, the closest first.

    Without `kind`, only things that have a page.
    """
    words = folded(query).split()
    if not words:
        return []
    kinds = [kind] if kind else list(KINDS)
    found = []
    for row in _likely(ask(session, "registered"), kinds, words).to_pylist():
        text = folded(" ".join((row["id"], row["name"] or "", *(row["names"] or ()))))
        if all(word in text for word in words):
            found.append(row)
    whole = " ".join(words)
    found.sort(key=lambda row: (whole not in (row["id"], folded(row["name"] or "")), row["kind"], row["id"]))
    return found


def _likely(registered: pa.Table, kinds: list[str], words: list[str]) -> pa.Table:
    """Return the rows of these kinds that may have all words: those that do, and all whose names are not plain ASCII.

    Folding text of other scripts is left to Python, which takes 0.3 s for the names of a million events.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = registered.filter(pc.is_in(registered["kind"], value_set=pa.array(kinds)))
    names = pc.fill_null(pc.binary_join(rows["names"], " "), "")
    text = pc.binary_join_element_wise(rows["id"], pc.fill_null(rows["name"], ""), names, " ")
    plain, likely = pc.ascii_lower(text), pc.is_valid(text)
    for word in words:
        likely = pc.and_(likely, pc.match_substring(plain, word))
    return rows.filter(pc.or_(likely, pc.invert(pc.string_is_ascii(text))))
