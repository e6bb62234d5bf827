"""Finds what is new since the last report of a saved filter, and stores up to where it was reported.

New are the events recorded since then, also about old dates, and those that became public since then. The state of each
filter is a small file that is replaced atomically. It moves only after the news were delivered: a failure in between
reports them again, and loses none.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.durable_files import replace_file
from policytrack.errors import Busy, IntegrityTrouble, Place, StorageTrouble
from policytrack.input_files import read_input
from policytrack.ledger_settings import WATCH
from policytrack.questions.answering import answered
from policytrack.questions.ask import ask
from policytrack.questions.requests import Request

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

_CHANGE: Final = timedelta(days=31)
"""How long before the last report an event may have been public for `change` to show what it changed."""
_LARGEST: Final = 4096
"""Largest state in bytes."""


@dataclass(frozen=True, slots=True)
class Told:
    """Up to where a filter was reported: the ledger position with its digest (hex), and the knowledge date."""

    head: int
    digest: str
    known_at: date


def news_since(session: Session, told: Told, filters: Mapping[str, Any]) -> pa.Table:
    """Return the news that match the filters and were not reported yet, as `policytrack news` has them.

    The column `change` compares a project with its state known before the earliest of the news, but at most a month
    before the last report: a plant may get its history late. Raises what `answered` raises.
    """
    first = ask(session, "first_news", {"after": told.head})["first"][0].as_py()
    next_day = told.known_at + timedelta(days=1)
    since = next_day if first is None else max(min(first, next_day), told.known_at - _CHANGE)
    what = [one.replace("-", " ") for one in filters.get("what", ())]
    asked = {**filters, "what": what, "since": since, "after": told.head, "told": told.known_at}
    return answered(session, Request("news", asked)).table


def moved(told: Told | None, position: int, digest: str, known_at: date) -> Told:
    """Return the state after a report. The knowledge date never moves back: the clock may have been corrected."""
    return Told(position, digest, known_at if told is None else max(known_at, told.known_at))


def from_day(told: Told | None, since: date, position: int, digest: str) -> Told:
    """Return the state from which everything known since a day is reported."""
    before = since - timedelta(days=1)
    return Told(position, digest, before) if told is None else replace(told, known_at=before)


def state_file(ledger: Path, name: str) -> Path:
    """Return the file with the state of a filter."""
    return ledger / WATCH / f"{name}.json"


def read_told(path: Path) -> Told | None:
    """Return the stored state, None without one. Raises `StorageTrouble`; for a damaged file `IntegrityTrouble`."""
    try:
        stored = json.loads(read_input(path, _LARGEST))
        return Told(int(stored["head"]), str(stored["digest"]), date.fromisoformat(stored["known_at"]))
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise StorageTrouble(f"cannot read {path}: {cause.strerror}", hint="check its permissions") from cause
    except (ValueError, KeyError, TypeError) as cause:
        raise IntegrityTrouble(
            f"the state of `policytrack watch` is damaged: {cause}",
            place=Place(str(path)),
            hint="remove the file, and use --since DATE once",
        ) from cause


def write_told(path: Path, told: Told) -> None:
    """Store a state atomically and durably. Raises `StorageTrouble`."""
    content = {**asdict(told), "known_at": told.known_at.isoformat()}
    replace_file(path, json.dumps(content).encode() + b"\n")


@contextmanager
def watching(ledger: Path) -> Iterator[None]:
    """Hold the folder of the states, so that two runs do not report the same. Raises `Busy` and `StorageTrouble`."""
    folder = ledger / WATCH
    try:
        folder.mkdir(exist_ok=True)
        # Not through a link, which could make a file anywhere.
        lock = os.fdopen(
            os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666), "wb"
        )
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {folder}: {cause.strerror}",
            hint="fix the permissions of the folder: states are stored there",
        ) from cause
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("another `policytrack watch` of this ledger is running", hint="try again later") from None
        yield
