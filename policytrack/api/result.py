"""Defines `Result`: the rows of an answer with the coordinates that they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policytrack.errors import MissingExtra

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa

    from policytrack.questions.citation import Citation
    from policytrack.readmodel.coordinates import Coordinates


class Cited:
    """What every answer has: its coordinates, and the head of the ledger that answered."""

    citation: Citation
    query: str

    @property
    def coordinates(self) -> Coordinates:
        """The coordinates of the answer."""
        return self.citation.coordinates

    @property
    def as_of(self) -> date:
        """The valid date."""
        return self.citation.coordinates.as_of

    @property
    def known_at(self) -> date:
        """The knowledge date."""
        return self.citation.coordinates.known_at

    @property
    def dates(self) -> str:
        """Whether vague dates count by their ``latest`` or their ``earliest`` day."""
        return self.citation.coordinates.dates

    @property
    def head(self) -> int:
        """The position of the last event in the answer. With ``head=`` the same query gives the same answer later."""
        return self.citation.position

    @property
    def digest(self) -> str:
        """The digest of the ledger up to `head`, as ``sha256:…``; `policytrack verify --cited` checks it."""
        return f"sha256:{self.citation.digest}"

    @property
    def footer(self) -> str:
        """The line under the answer: valid date, knowledge date and head."""
        return self.citation.footer()

    def cite(self) -> str:
        """Return a citation of the answer, as the option `--cite` prints it, without the day of retrieval."""
        return self.citation.line(self.query)


@dataclass(frozen=True, slots=True, eq=False)
class Result(Cited):
    """The rows of an answer. Figures are `Decimal`, days are `date`, unknown values are None.

    `table` is an Arrow table, `notes` what a reader must know about the rows, such as figures below zero.
    """

    table: pa.Table
    citation: Citation
    query: str
    notes: tuple[str, ...] = ()

    @property
    def units(self) -> list[str]:
        """The units and currencies of the figures, in alphabetical order."""
        from policytrack.questions.envelope import units_of

        return units_of(self.table)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        names: list[str] = self.table.column_names
        return names

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts."""
        from policytrack.output.values import rows_of

        return rows_of(self.table)

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        return self.table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the rows as an Arrow stream: DuckDB, polars, pandas and others read the result without a copy."""
        return self.table.__arrow_c_stream__(requested_schema)

    def df(self) -> pandas.DataFrame:
        """Return the rows as a pandas data frame, with `Decimal` figures. Raises `MissingExtra` without pandas."""
        try:
            import pandas  # noqa: F401 # Arrow needs it
        except ImportError as missing:
            raise MissingExtra("pandas is not installed", hint="pip install pandas") from missing
        return self.table.to_pandas()

    def pl(self) -> polars.DataFrame:
        """Return the rows as a polars data frame, with decimal figures. Raises `MissingExtra` without polars."""
        try:
            import polars
        except ImportError as missing:
            raise MissingExtra("polars is not installed", hint="pip install polars") from missing
        return polars.DataFrame(self.table)

    def to_dict(self) -> dict[str, Any]:
        """Return coordinates, units, notes and rows as one dict, as the option `--envelope` writes them."""
        from policytrack.questions.envelope import coordinates_part, rows_part

        head = coordinates_part(self.citation, self.query)
        return {**head, "count": len(self), **rows_part(self.table, self.notes), "rows": self.rows()}

    def to_json(self) -> str:
        """Return `to_dict` as JSON, with exact figures."""
        from policytrack.output.values import to_json

        return to_json(self.to_dict())

    def write(self, path: str | Path, format_: str | None = None) -> None:
        """Write the rows to a file. Its extension sets the format: csv, tsv, json, jsonl, md, parquet, arrow, xlsx.

        Raises `UsageError` for an unknown extension, and `StorageTrouble` if the file cannot be written.
        """
        from policytrack.api.files import write_file
        from policytrack.output.answer import Answer
        from policytrack.output.encoding import choose_format, parts_of

        target = Path(path)
        answer = Answer(self.table, self.query, " · ".join((self.footer, *self.notes)))
        write_file(target, parts_of(answer, choose_format(format_, target)))

    def __len__(self) -> int:
        count: int = self.table.num_rows
        return count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def __repr__(self) -> str:
        return f"<{self.query}: {len(self)} rows, {self.footer}>"

    def _repr_html_(self) -> str:
        """Return the first rows as an HTML table, for notebooks."""
        from policytrack.api.html import table_html

        return table_html(self.table, (self.footer, *self.notes))
