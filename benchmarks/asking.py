"""Measurements of every question, each beside a bare sum of the steps in the same run, and of one entity with many events."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from benchmarks.generate import crowded_lines
from benchmarks.importing import TODAY, file_of, ledger_of
from benchmarks.reading import BARE
from benchmarks.rows import Row, timed
from policytrack.ledger import Ledger
from policytrack.questions import ask, check_filters
from policytrack.questions.explanation import MOST_SHOWN
from policytrack.questions.why_national import explain
from policytrack.questions.why_project import explain_project
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

DAY: Final = date(2024, 6, 30)
BUSIEST: Final = """
SELECT
  (SELECT mode(facility_id) FROM capacity_statement) AS facility,
  (SELECT mode(project_id) FROM project_step) AS project,
  (SELECT mode(owner_id) FROM stake_statement) AS firm,
  (SELECT struct_pack(country := country_code, activity := activity_id) FROM national_capacity ORDER BY installed DESC LIMIT 1)
    AS cell
"""
Question = Callable[[Session, dict[str, Any]], object]
_YEAR: Final = {
    "from_as_of": date(2023, 6, 30), "to_as_of": DAY, "from_known_at": date(2023, 6, 30), "to_known_at": DAY,
    "figure_names": ["net", "pending_gross", "pending_net"],
}  # fmt: skip
_MONTHS: Final = [date(2004 + month // 12, month % 12 + 1, 28) for month in range(240)]
QUESTIONS: Final[dict[str, tuple[Question, float | None]]] = {
    "national capacity": (lambda session, _: ask(session, "capacity"), None),
    "series of 240 months": (
        lambda session, _: ask(session, "series", {"as_of_days": _MONTHS, "known_at_days": [DAY] * 240}), 0.2,
    ),
    "diff of a year": (lambda session, _: ask(session, "diff", _YEAR), 0.15),
    "pending of a country": (lambda session, of: ask(session, "pending", {"country": [of["cell"]["country"]]}), 0.3),
    "pending, one project": (lambda session, of: ask(session, "pending", {"project": [of["project"]]}), None),
    "capacity by facility": (lambda session, _: ask(session, "capacity_by_facility"), None),
    "capacity of one facility": (
        lambda session, of: ask(session, "capacity_by_facility", {"facility": [of["facility"]]}), None,
    ),
    "holdings of one firm": (lambda session, of: ask(session, "holdings", {"firm": [of["firm"]]}), 0.2),
    "holdings of all": (lambda session, _: ask(session, "holdings"), None),
    "why installed": (lambda session, of: explain(session, "installed", *of["cell"].values(), most=MOST_SHOWN), 0.2),
    "why net": (lambda session, of: explain(session, "net", *of["cell"].values(), most=MOST_SHOWN), 0.2),
    "why installed, all of it": (lambda session, of: explain(session, "installed", *of["cell"].values()), None),
    "why of a project": (lambda session, of: explain_project(session, of["project"], "capacity_remaining"), 0.2),
    "show, one facility": (lambda session, of: _show(session, "facility", of["facility"]), 0.1),
    "show, one project": (lambda session, of: _show(session, "project", of["project"]), 0.1),
    "forecast of 7 years": (
        lambda session, _: ask(session, "forecast", {"days": [date(year, 12, 31) for year in range(2024, 2031)]}), 0.3,
    ),
    "swaps": (lambda session, _: ask(session, "swaps"), None),
    "filters by name": (lambda session, of: check_filters(session, {"facility": [of["facility"]]}), None),
    "check": (lambda session, _: ask(session, "check"), 5),
}  # fmt: skip
"""Each question as a command puts it, and within how many seconds it is to be answered at a million events."""


def questions(folder: Path, count: int) -> Iterator[Row]:
    """Every question inside a session: wall and CPU seconds, and how many bare sums of the steps that is."""
    yield from _asked(ledger_of(folder, count).generation(notes=lambda _: None), f"{count:,} events")


def commands(folder: Path, count: int) -> Iterator[Row]:
    """Whole commands that put several questions, and the most memory that any question takes."""
    root = ledger_of(folder, count).root
    seconds = statistics.median(timed(lambda: _command(root, "asof", str(DAY))) for _ in range(3))
    yield Row(f"asof, {count:,} events, whole command", f"{seconds:.2f} s", reach="<= 1 s", reached=seconds <= 1)
    sizes = {name: _megabytes(root, name) for name in QUESTIONS}
    most = max(sizes, key=lambda name: sizes[name])
    yield Row(
        f"memory of any question, {count:,} events",
        f"{sizes[most]:,.0f} MB ({most})",
        reach="<= 600 MB",
        reached=sizes[most] <= 600,
    )


def _megabytes(root: Path, name: str) -> float:
    """The most memory that a process of its own has while it answers a question twice."""
    code = (
        "from pathlib import Path; from benchmarks.asking import *\n"
        f"path = Ledger(Path({str(root)!r})).generation(notes=lambda _: None)\n"
        "with Session(path, Coordinates(DAY, DAY)) as session:\n"
        f"    for _ in range(2): QUESTIONS[{name!r}][0](session, things_of(session))\n"
        "print(*(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return int(done.stdout.split()[1]) / 1024


def crowded(folder: Path, count: int) -> Iterator[Row]:
    """A facility of 2,000 events, a project of 500 and a firm of 5,000 stakes among others: a rebuild, and every question."""
    size = min(count, 100_000)
    plain, full = Ledger.create(folder / "plain"), Ledger.create(folder / "crowded")
    plain.import_files([("events.jsonl", file_of(folder, size))], today=TODAY)
    file = folder / "crowded.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in crowded_lines(size)), encoding="utf-8")
    full.import_files([("events.jsonl", file)], today=TODAY)
    times: list[float] = []
    for ledger in (plain, full):
        fresh = folder / f"fresh-{ledger.root.name}"
        fresh.mkdir()
        times.append(timed(lambda ledger=ledger, fresh=fresh: ledger.fresh_read_model(fresh)))  # type: ignore[misc]
    yield Row(
        f"rebuild of {size:,}, one entity with most events",
        f"{times[1]:.2f} s",
        f"the same without {times[0]:.2f} s",
        f"{times[1] / times[0]:.2f}x",
    )
    yield from _asked(full.generation(notes=lambda _: None), f"{size:,} events, one entity with most", is_limited=False)


def _asked(path: Path, where: str, *, is_limited: bool = True) -> Iterator[Row]:
    with Session(path, Coordinates(DAY, DAY)) as session:
        things = things_of(session)
        for name, (question, reach) in QUESTIONS.items():
            question(session, things)  # the pages of the file come into memory
            pairs = [(_spent(lambda: session.query(BARE)), _spent(lambda: question(session, things))) for _ in range(3)]  # noqa: B023 # called at once
            bare, wall, cpu = (
                statistics.median(values)
                for values in zip(*((yard[0], mine[0], mine[1]) for yard, mine in pairs), strict=True)
            )
            reached: bool | None = None
            wanted = "–"
            if is_limited and name == "national capacity":
                wanted, reached = "<= 2x", wall <= 2 * bare
            elif is_limited and reach is not None:
                wanted, reached = f"<= {reach} s at 1M", wall <= reach
            yield Row(
                f"{name}, {where}", f"{wall * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms",
                f"bare sum of the steps {bare * 1000:.0f} ms", f"{wall / bare:.1f}x", wanted, reached,
            )  # fmt: skip


def things_of(session: Session) -> dict[str, Any]:
    """The things with most events, and the country and activity with most capacity: what the questions are about."""
    (things,) = session.query(BUSIEST).to_pylist()
    return dict(things)


def _spent(action: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of an action."""
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def _show(session: Session, kind: str, id_: str) -> None:
    ask(session, "kinds_of_id", {"id": id_})
    ask(session, kind, {"id": id_})
    ask(session, "log", {"subject": [f"{kind}:{id_}"]})
    ask(session, "subject_sources", {"subject_id": f"{kind}:{id_}"})


def _command(root: Path, *words: str) -> None:
    command = [sys.executable, "-m", "policytrack", "-C", str(root), *words]
    subprocess.run(command, capture_output=True, check=True)
