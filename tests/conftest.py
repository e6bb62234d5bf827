"""What all tests share: a cache and a state of their own, so that nothing of the user's is read or written."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import tally

# Where this is set, as in many images of containers, each of the processes that the tests start would compile all of
# policytrack again, and pytest all tests: a sixth of the time of the suite.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The suite makes thousands of small files, and most commands wait for the disk several times. Where memory can hold them,
# they are there; what a crash leaves on a disk is a model in tests/store/power_loss.py. They are removed at the end.
MEMORY = Path("/dev/shm")  # noqa: S108 # pytest makes a folder of this user in it
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 1024**3:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# A busy machine is no failure: the time that an example takes says nothing about the code.
settings.register_profile("policytrack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("policytrack")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Store with the report of a test what it tried; with xdist, the report is sent to the process that prints."""
    report = yield
    if call.when == "call":
        tries = [mark.args[0] for mark in item.iter_markers("tries")]
        counts = [*tally.of_the_last_test(), *((what, 1) for what in tries)]
        report.user_properties = [*report.user_properties, *(("tried", count) for count in counts)]
    return report


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what is imported and collected, which lives as long as the process."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let it look at everything again: extension modules report what is left at the end of the process."""
    gc.unfreeze()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what a soak tried."""
    if config.option.markexpr.startswith("soak"):
        reports = (report for of_kind in ("passed", "failed") for report in terminalreporter.getreports(of_kind))
        counts = tally.lines(report for report in reports if report.when == "call")
        if counts:
            terminalreporter.section("tried")
            for line in counts:
                terminalreporter.line(line)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For this process and all that it starts. The workers of one run share the cache: the empty read model in it takes
    4 s to build."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    os.environ["XDG_CACHE_HOME"] = str(shared / "cache")
    os.environ["XDG_STATE_HOME"] = str(own / "state")
    os.environ["FORKED_USES_CACHE"] = "1"
    os.environ["TMPDIR"] = tempfile.tempdir = str(own / "temporary")
    Path(os.environ["TMPDIR"]).mkdir(exist_ok=True)


@pytest.fixture(scope="session")
def demo_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo ledger, for tests that only ask. Those that write use a copy of it.

    The first worker of a run builds it, which takes 4 s; each worker has a copy of its own.
    """
    from tests.cli.conftest import SHARED, policytrack
    from tests.copies import copied

    built = Path(os.environ["XDG_CACHE_HOME"]) / "demo"
    built.mkdir(parents=True, exist_ok=True)
    with (built / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (built / "whole").exists():
            made = policytrack(built, "init", "demo", "--demo")
            assert made.code == 0, made.err
            assert policytrack(built / "demo", "capacity").code == 0
            (built / "whole").touch()
    folder = copied(built / "demo", tmp_path_factory.mktemp("copy") / "demo")
    SHARED.add(folder)
    return folder
