"""How long fuzzers run, and the inputs that once failed: these are tried first, for ever.

`FUZZ_SECONDS` sets the time of each fuzzer (`make soak`: 10 minutes each of six). An input that fails is appended to
`tests/corpus/NAME.jsonl`; commit it with what mends it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.tally import tried

CORPUS: Final = Path(__file__).parent / "corpus"


def rounds(least: int) -> Iterator[int]:
    """Yield numbers: so many, and then until the time is over. Each counts as an input."""
    number, end = 0, time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "0"))
    while number < least or time.monotonic() < end:
        tried("bad inputs")
        yield number
        number += 1


def saved(name: str) -> list[Any]:
    """Return the inputs of a fuzzer that once failed."""
    path = CORPUS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()] if path.is_file() else []


@contextmanager
def saving(name: str, case: Any) -> Iterator[None]:
    """Save an input whose test fails, if it is not saved yet."""
    try:
        yield
    except Exception:
        if case not in saved(name):
            CORPUS.mkdir(exist_ok=True)
            with (CORPUS / f"{name}.jsonl").open("a", encoding="ascii") as lines:
                lines.write(json.dumps(case) + "\n")
        raise
