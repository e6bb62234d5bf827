"""Measures policytrack against yardsticks in the same run, alternating, and writes `benchmarks/results.md`.

Ratios are what counts: absolute times depend on the machine. ``--events N`` sets the size of the ledger (100,000).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import measures  # the folder is not installed

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Row:
    """One row of the results: what was measured, against what, and whether the figure to reach is reached."""

    what: str
    ours: str
    yardstick: str
    ratio: str
    reach: str
    reached: bool | None

    def markdown(self) -> str:
        """The row as a line of the table."""
        mark = {True: "yes", False: "no", None: "–"}[self.reached]
        return f"| {self.what} | {self.ours} | {self.yardstick} | {self.ratio} | {self.reach} | {mark} |"


def main() -> None:
    """Measure everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args().events
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="policytrack-bench-") as folder:
        for measure in (
            measures.one_record, measures.bulk_import, measures.rebuild, measures.national, measures.visible,
            measures.holdings, measures.cold_start, measures.memory,
        ):  # fmt: skip
            print(f"… {measure.__name__.replace('_', ' ')}", file=sys.stderr)
            for found in measure(Path(folder), count):
                rows.append(Row(*found))
                print(rows[-1].markdown())
    head = "| what | policytrack | yardstick | ratio | to reach | reached |\n|---|---|---|---|---|---|\n"
    text = f"# Results\n\n`make bench`, {count:,} events, medians, one run on 2 cores.\n\n{head}"
    RESULTS.write_text(text + "\n".join(row.markdown() for row in rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
