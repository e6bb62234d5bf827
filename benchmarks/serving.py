"""Measurements of `serve`, beside the same question inside a session, and of a ledger on a PostgreSQL server, beside one in a
file."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.asking import DAY, QUESTIONS, things_of
from benchmarks.importing import TODAY, file_of, ledger_of
from benchmarks.rows import Row, median_ratio, timed
from policytrack.events import EVENT_TYPES, Event
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

_ANSWERS: Final = {
    "national capacity": "capacity",
    "pending of a country": "pending?country={country}",
    "holdings of one firm": "holdings?firm={firm}",
}
"""For a question, the address of its answer in the JSON API."""
_SHARED: Final = 10_000
"""Events of the ledger on a server: its cost for each event does not depend on their number."""
_RECORDED: Final = 100


def served(folder: Path, count: int) -> Iterator[Row]:
    """Answers of the JSON API at dates of which the server has none yet, and again."""
    ledger = ledger_of(folder, count)
    with (
        Session(ledger.generation(notes=lambda _: None), Coordinates(DAY, DAY)) as session,
        _serving(ledger) as address,
    ):
        things = things_of(session)
        for name, path in _ANSWERS.items():
            question, _ = QUESTIONS[name]
            given = path.format(country=things["cell"]["country"], firm=things["firm"])
            ours, again, inside = [], [], []
            for day in (28, 29, 30):
                dates = f"as_of=2024-06-{day}&known_at=2024-06-{day}"
                url = f"{address}api/v1/{given}{'&' if '?' in given else '?'}{dates}"
                ours.append(timed(lambda url=url: _read(url)))  # type: ignore[misc]
                again.append(timed(lambda url=url: _read(url)))  # type: ignore[misc]
                inside.append(timed(lambda question=question: question(session, things)))  # type: ignore[misc]
            yield Row(
                f"serve: {name}, {count:,} events",
                f"{statistics.median(ours) * 1000:.0f} ms, again {statistics.median(again) * 1000:.0f} ms",
                f"inside a session {statistics.median(inside) * 1000:.0f} ms",
                f"{median_ratio(ours, inside):.1f}x",
            )


def shared_store(folder: Path, _count: int) -> Iterator[Row]:
    """Importing and recording on a PostgreSQL server of our own, against the same in a file."""
    file = file_of(folder, _SHARED)
    with _postgres(folder) as (address, reason):
        if not address:
            yield Row("ledger on a PostgreSQL server", "–", reason)
            return
        times: dict[str, tuple[float, float]] = {}
        for name, at in (("file", None), ("server", address)):
            ledger = Ledger.create(folder / f"store-{name}", address=at)
            importing = timed(lambda ledger=ledger: ledger.import_files([("events.jsonl", file)], today=TODAY))  # type: ignore[misc]
            with ledger.application() as application:
                waits = [timed(lambda event=event: application.record([event])) for event in _events()]  # type: ignore[misc]
            times[name] = (importing, statistics.median(waits))
        for what, number, unit in ((f"import of {_SHARED:,}", 0, _SHARED), ("one durable record", 1, 1)):
            mine, yard = times["server"][number], times["file"][number]
            yield Row(
                f"PostgreSQL: {what}",
                f"{unit / mine:,.0f}/s",
                f"event store in a file {unit / yard:,.0f}/s",
                f"{yard / mine:.2f}x",
            )


def _events() -> Iterator[Event]:
    """Statements for facilities that the generator registers, each with a source of its own."""
    for number in range(_RECORDED):
        fields = {
            "type": "capacity_stated", "event_id": f"00000000-0000-4000-9000-{number:012}", "effective": "2025-06-30",
            "known_on": "2025-07-01", "sources": [{"title": f"Record {number}", "class": "regulator"}],
            "facility_id": f"facility-{number}", "activity_id": "crude-steel", "capacity": "7",
        }  # fmt: skip
        yield EVENT_TYPES["capacity_stated"].model_validate(fields)


def _read(url: str) -> None:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 # an address of this computer
        json.load(answer)


@contextmanager
def _serving(ledger: Ledger) -> Iterator[str]:
    """The address of a server of a ledger."""
    words = [sys.executable, "-m", "policytrack", "-C", str(ledger.root), "serve", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "is served at" in line)
            yield line.split(" is served at ")[1].split()[0]
        finally:
            process.terminate()


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a database on a durable server of our own; or none, and why."""
    try:
        from tests.postgres.server import Server, programs  # it needs the driver
    except ImportError:
        yield "", "the PostgreSQL driver is not installed here"
        return
    if programs() is None or shutil.which("postgres") is None:
        yield "", "PostgreSQL is not installed here"
        return
    server = Server(Path(tempfile.mkdtemp(dir=folder)))
    try:
        server.start(is_durable=True)
        server.execute("postgres", "CREATE DATABASE measured")
        yield server.address("measured"), ""
    finally:
        server.stop()
