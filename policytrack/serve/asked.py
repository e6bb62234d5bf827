"""What an address asks for, and what goes back: the arguments and the result of every route."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from policytrack.serve.parameters import Pairs, Parameter, values_of

if TYPE_CHECKING:
    from policytrack.api.reading import Reader
    from policytrack.questions.citation import Citation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session
    from policytrack.serve.cells import Links

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """An address at coordinates: its path with the variable parts of it, its other parameters, and an open session.

    `is_pinned` says whether the address names the head, `is_writable` whether the server has forms. Every route checks
    the parameters with `values`.
    """

    session: Session
    links: Links
    reader: Reader
    citation: Citation
    address: str
    path: Mapping[str, str]
    pairs: Pairs
    today: date
    is_pinned: bool
    is_writable: bool = False

    @property
    def coordinates(self) -> Coordinates:
        """The coordinates of the answer."""
        return self.citation.coordinates

    def values(self, parameters: Iterable[Parameter]) -> dict[str, Any]:
        """Return the values of the parameters. Raises what `values_of` does."""
        return values_of(parameters, self.pairs, self.today)


@dataclass(frozen=True, slots=True)
class Reply:
    """The body of an answer, its media type, and the name to save it under."""

    body: bytes | Iterable[bytes]
    media: str = HTML
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its path with the parameters in it (`in_path`), what answers it, and what the documentation says."""

    path: str
    answer: Callable[[Asked], Reply]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    in_path: tuple[Parameter, ...] = ()
    media: str = HTML
