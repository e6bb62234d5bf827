"""Measurements of `report` in a real browser: opening the file, and moves of a slider until the page shows the new dates."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.importing import ledger_of
from benchmarks.rows import Row

_LARGE: Final = 10_000
"""Events of the larger report."""
_MOVES: Final = 30
_MOVE: Final = """async ([id, part]) => {
  const slider = document.getElementById(`${id}-slider`);
  slider.value = Math.round(Number(slider.max) - part * (slider.max - slider.min));
  const start = performance.now();
  slider.dispatchEvent(new Event('input'));
  await new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  }));
  return performance.now() - start;
}"""
"""Milliseconds from a move to the first task after the frame that shows it: the wait for the frame, sums, layout and paint."""
_ASKED: Final = (("the demo ledger", 1.0, 50), (f"{_LARGE:,} events", 2.0, 100))
"""What the report is of, and the limits: seconds to open it, milliseconds for a move."""


def report_in_browser(folder: Path, _count: int) -> Iterator[Row]:
    """The report of the demo ledger and of 10,000 events: opened five times, and moved at each section."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        yield Row("report in a browser", "–", "playwright or Chromium is not installed here")
        return
    files = _reports(folder)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for (of, to_open, to_move), file in zip(_ASKED, files, strict=True):
            opened = statistics.median(_opened(browser, file) for _ in range(5))
            yield Row(
                f"report of {of}, {file.stat().st_size / 1e6:.1f} MB: opening it", f"{opened:.2f} s",
                reach=f"<= {to_open:g} s", reached=opened <= to_open,
            )  # fmt: skip
            moves = _moves(browser, file)
            slowest = max(moves, key=lambda name: moves[name])
            median = statistics.median(moves.values())
            yield Row(
                f"report of {of}: a move of a slider", f"{median:.0f} ms, at the slowest section ({slowest}) {moves[slowest]:.0f} ms",
                reach=f"<= {to_move} ms", reached=moves[slowest] <= to_move,
            )  # fmt: skip
        browser.close()


def _reports(folder: Path) -> list[Path]:
    demo, large = folder / "demo", folder / "large"
    large.mkdir()
    _run(folder, "init", str(demo), "--demo")
    roots = (demo, ledger_of(large, _LARGE).root)
    files = [folder / f"report-{at}.html" for at in range(len(roots))]
    for root, file in zip(roots, files, strict=True):
        _run(root, "report", "-o", str(file))
    return files


def _run(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "policytrack", "-q", *words], cwd=folder, check=True)


def _opened(browser: Any, file: Path) -> float:
    """Seconds until a new page has loaded the file and drawn it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    start = time.perf_counter()
    page.goto(file.as_uri())
    page.evaluate("() => new Promise(requestAnimationFrame)")
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def _moves(browser: Any, file: Path) -> dict[str, float]:
    """The median milliseconds of a move while each section is in view, by its name."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    found = {}
    for name in page.eval_on_selector_all("main > section", "all => all.map((one) => one.id)"):
        page.evaluate("(id) => document.getElementById(id).scrollIntoView()", name)
        page.wait_for_timeout(1000)  # what is out of view is drawn once the sliders rest
        times = [page.evaluate(_MOVE, [("as-of", "known-at")[at % 2], at / _MOVES / 2]) for at in range(_MOVES)]
        found[name] = statistics.median(times)
    page.close()
    return found
