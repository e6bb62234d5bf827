"""Measures policytrack against yardsticks in the same run, alternating, and writes `benchmarks/results.md`.

Ratios are what counts: absolute times depend on the machine. ``--events N`` sets the size of the ledger (1,000,000);
``--only NAME`` takes one measurement, and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import duckdb

from benchmarks import (  # the folder is not installed
    asking,
    browsing,
    importing,
    peers,
    reading,
    serving,
    sharing,
    starting,
)
from benchmarks.rows import Row

USUAL = 1_000_000
"""Events of the run whose page is `results.md`; that of another is named after its number of them."""
MEASURES = (
    importing.one_record,
    importing.bulk_import,
    reading.rebuild,
    reading.memory,
    reading.national,
    reading.national_by_date,
    reading.visible,
    reading.holdings,
    asking.questions,
    asking.commands,
    asking.crowded,
    browsing.report_in_browser,
    serving.served,
    serving.pages,
    serving.loaded,
    sharing.shared_store,
    starting.cold_start,
    peers.as_of_balance,
)
HEAD = "| what | policytrack | yardstick | ratio | to reach | reached |\n|---|---|---|---|---|---|\n"


def main() -> None:
    """Measure everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=USUAL)
    parser.add_argument("--only", choices=[measure.__name__ for measure in MEASURES])
    parser.add_argument("--folder", type=Path, help="Where to work. [default: a temporary folder]")
    given = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="policytrack-bench-", dir=given.folder) as folder:
        for measure in MEASURES:
            if given.only and measure.__name__ != given.only:
                continue
            print(f"… {measure.__name__.replace('_', ' ')}", file=sys.stderr)
            for row in measure(Path(folder), given.events):
                rows.append(row)
                print(row.markdown(), flush=True)
    if given.only is None:
        name = "results.md" if given.events == USUAL else f"results-{given.events}.md"
        Path(__file__).with_name(name).write_text(_page(rows, given.events), encoding="utf-8")


def _page(rows: list[Row], count: int) -> str:
    made = f"`make bench EVENTS={count}`, medians of one run, alternating with the yardstick, on {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    reached = [row.reached for row in rows if row.reached is not None]
    said = f"{sum(reached)} of {len(reached)} figures are reached."
    where = "Where the time goes, and how cost grows: [docs/performance.md](../docs/performance.md)."
    table = HEAD + "".join(f"{row.markdown()}\n" for row in rows)
    notes = "".join(f"* {row.what}: {row.note}\n" for row in rows if row.note)
    return f"# Results\n\n{made}; {versions}. {said} {where}\n\n{table}" + (f"\n{notes}" if notes else "")


if __name__ == "__main__":
    main()
