"""Measurements of `serve`: beside the same question inside a session, of its pages, and under load with a writer."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks.asking import DAY, QUESTIONS, things_of
from benchmarks.importing import ledger_of
from benchmarks.rows import Row, median_ratio, timed
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

_ANSWERS: Final = {
    "national capacity": "capacity",
    "pending of a country": "pending?country={country}",
    "holdings of one firm": "holdings?firm={firm}",
}
"""For a question, the address of its answer in the JSON API."""
_PAGES: Final = {
    "a move of a slider: national capacity": ("capacity", 150),
    "start page": ("", 300),
    "page of a country": ("country/{country}", 300),
    "page of a facility": ("facility/{facility}", 300),
    "page of a project": ("project/{project}", 300),
    "page of a firm": ("firm/{firm}", 300),
    "page of events": ("events", 300),
    "page of pending projects": ("pending", 300),
    "page of facilities": ("facilities", 300),
    "page of swaps": ("swaps", 300),
    "page of news": ("news", 300),
    "search": ("search?q={firm}", 300),
}
"""For a page, its address, and within how many milliseconds of processor time at the server it is to be answered."""
_CLIENTS: Final = 8
_RATE: Final = 50
_SECONDS: Final = 60
_NEW: Final = 0.02
"""Part of the requests that are for dates that were not requested before."""
_EVERY: Final = 10
"""Seconds between the events of the writer. Each is a new head, after which no stored answer counts."""


def served(folder: Path, count: int) -> Iterator[Row]:
    """Answers of the JSON API at dates of which the server has none yet, and again."""
    ledger = ledger_of(folder, count)
    with (
        Session(ledger.generation(notes=lambda _: None), Coordinates(DAY, DAY)) as session,
        _serving(ledger) as (address, _),
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


def pages(folder: Path, count: int) -> Iterator[Row]:
    """Pages at dates of which the server has none yet: processor time at the server, and wall time at the client."""
    ledger = ledger_of(folder, count)
    with Session(ledger.generation(notes=lambda _: None), Coordinates(DAY, DAY)) as session:
        things = things_of(session)
    given = {name: quote(str(value)) for name, value in {**things, **things["cell"]}.items()}
    with _serving(ledger) as (address, process):
        for name, (path, limit) in _PAGES.items():
            wall, spent = [], []
            for day in (27, 28, 29, 30):
                url = f"{address}{path.format(**given)}{'&' if '?' in path else '?'}as_of=2024-06-{day}&known_at=2024-06-{day}"
                before = _processor_time(process)
                wall.append(timed(lambda url=url: _load(url)))  # type: ignore[misc]
                spent.append(_processor_time(process) - before)
            milliseconds = statistics.median(spent[1:]) * 1000
            yield Row(
                f"serve: {name}, {count:,} events",
                f"CPU {milliseconds:.0f} ms, wall {statistics.median(wall[1:]) * 1000:.0f} ms",
                reach=f"<= {limit} ms", reached=milliseconds <= limit,
            )  # fmt: skip


@dataclass
class _Answers:
    """What clients got: seconds of each request, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def loaded(folder: Path, count: int) -> Iterator[Row]:
    """Clients that look at pages and move sliders while a writer records: errors, rate, memory, and lost events."""
    ledger = ledger_of(folder, count)
    answers, recorded = _Answers(), list[tuple[int, str]]()
    with _serving(ledger) as (address, process):
        until = time.perf_counter() + _SECONDS
        port = int(address.rsplit(":", 1)[1].rstrip("/"))
        threads = [threading.Thread(target=_look, args=(port, seed, until, answers)) for seed in range(_CLIENTS)]
        threads.append(threading.Thread(target=_write, args=(ledger, until, recorded)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        megabytes = _peak_megabytes(process)
        lost = [event for event in recorded if not _is_shown(address, *event)]
    rate = len(answers.seconds) / _SECONDS
    where = f"{count:,} events, {_CLIENTS} clients, {_SECONDS} s"
    ordered = sorted(answers.seconds)
    middle, most = ordered[len(ordered) // 2] * 1000, ordered[len(ordered) * 95 // 100] * 1000
    yield Row(
        f"serve: {where}, 1 request in {1 / _NEW:.0f} at new dates",
        f"{rate:.0f} requests/s, half within {middle:.0f} ms, 95 % within {most:.0f} ms, {len(answers.wrong)} errors",
        reach=f"{_RATE}/s, 0 errors", reached=rate >= 0.98 * _RATE and not answers.wrong,
        note="; ".join(sorted(set(answers.wrong))[:3]),
    )  # fmt: skip
    yield Row(f"serve: memory, {where}", f"{megabytes:,.0f} MB", reach="<= 1,000 MB", reached=megabytes <= 1_000)
    yield Row(
        f"serve: events recorded meanwhile, {where}", f"{len(recorded)} recorded, {len(lost)} lost",
        reach="0 lost", reached=bool(recorded) and not lost,
    )  # fmt: skip


def _look(port: int, seed: int, until: float, answers: _Answers) -> None:
    """Send requests at an even rate: most for a few pages at the same dates, some for dates of their own."""
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    paths = ("/", "/capacity", "/events", "/country/CN", "/activity/crude-steel", "/rules", "/api/v1/capacity")
    due = time.perf_counter() + seed / _RATE
    while due < until:
        time.sleep(max(0, due - time.perf_counter()))
        due += _CLIENTS / _RATE
        path = chance.choice(paths)
        known_at = "2024-06-30"
        if chance.random() < _NEW:
            path, known_at = (
                "/capacity",
                f"{chance.randrange(2012, 2024)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            )
        start = time.perf_counter()
        try:
            connection.request("GET", f"{path}?as_of=2024-06-30&known_at={known_at}")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                answers.wrong.append(f"{path}: {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            answers.wrong.append(f"{path}: {type(error).__name__}")
            connection.close()
        answers.seconds.append(time.perf_counter() - start)
    connection.close()


def _write(ledger: Ledger, until: float, recorded: list[tuple[int, str]]) -> None:
    """Record an event every few seconds, each in a process of its own as an analyst would: its position and its note."""
    command = [sys.executable, "-m", "policytrack", "-C", str(ledger.root), "record", "capacity-stated", "--json", "-y"]
    while time.perf_counter() + _EVERY < until:
        time.sleep(_EVERY)
        number, note = len(recorded), f"Record {time.time_ns()}"  # another run on this ledger records other events
        words = [
            f"--facility-id=facility-{number}", "--activity-id=crude-steel", "--capacity=5000", "--effective=2025-06-30",
            "--known-on=2025-07-01", f"--source=title={note},class=regulator", f"--note={note}",
        ]  # fmt: skip
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=True)
        recorded.append((json.loads(done.stdout)["first"], note))


def _is_shown(address: str, position: int, note: str) -> bool:
    with urllib.request.urlopen(f"{address}api/v1/event/{position}") as answer:  # noqa: S310 # an address of this computer
        return json.load(answer)["stored"]["note"] == note


def _load(url: str) -> None:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 # an address of this computer
        answer.read()


def _processor_time(process: int) -> float:
    """Seconds of processor time of a process, also inside the kernel."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _peak_megabytes(process: int) -> float:
    (line,) = (one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _read(url: str) -> None:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 # an address of this computer
        json.load(answer)


@contextmanager
def _serving(ledger: Ledger) -> Iterator[tuple[str, int]]:
    """The address of a server of a ledger, and its process id."""
    words = [sys.executable, "-m", "policytrack", "-C", str(ledger.root), "serve", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "is served at" in line)
            yield line.split(" is served at ")[1].split()[0], process.pid
        finally:
            process.terminate()
