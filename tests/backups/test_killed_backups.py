"""Backups and restores that are killed at any moment: what is there is whole, and the next one completes it."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policytrack.backups.back_up import back_up, check_content
from policytrack.backups.manifest import MANIFEST, read_manifest
from policytrack.backups.restore import restore
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head
from policytrack.store.sqlite.verify import verify_chain
from tests.backups.support import append, back_up_repeatedly, numbered, processes, restore_once
from tests.tally import tried

EVENTS = 1_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.create(tmp_path_factory.mktemp("killed") / "ledger")
    append(ledger, numbered(1, EVENTS))
    for number in range(5):
        (ledger.queries / f"{number}.sql").write_text(f"SELECT {number}", encoding="utf-8")
    return ledger


def killed(work: Callable[..., None], *given: Path, seconds: float) -> None:
    """Kill a process that does the work, so many seconds after it has begun."""
    context = processes()
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*given, sending))
    process.start()
    sending.close()
    receiving.recv_bytes()
    time.sleep(seconds)
    tried("kills")
    process.kill()
    process.join()
    process.close()
    receiving.close()


@pytest.mark.parametrize("kills", [3, pytest.param(300, marks=pytest.mark.soak)])
def test_a_backup_killed_at_any_moment_is_whole_and_the_next_continues_it(
    ledger: Ledger, tmp_path: Path, kills: int
) -> None:
    draw, to, position, completed = random.Random(kills), tmp_path / "B", 0, 0
    for _ in range(kills):
        killed(back_up_repeatedly, ledger.root, to, seconds=draw.uniform(0, 0.12))
        if (to / MANIFEST).exists():
            manifest = read_manifest(to)
            check_content(to, manifest)
            assert manifest.position >= position
            position = manifest.position
        if position == EVENTS or draw.random() < 0.2:
            done = back_up(ledger.root, ledger.store, to, full_check=True)
            assert done.head == str(head(ledger.store.path))
            held = {path.name for path in to.iterdir()}
            assert held == {MANIFEST, "files", *(segment.name for segment in read_manifest(to).segments)}
            assert not [path for path in (to / "files").iterdir() if path.name.startswith(".")]
            shutil.rmtree(to)
            position, completed = 0, completed + 1
    assert completed or kills < 10


@pytest.mark.parametrize("kills", [3, pytest.param(300, marks=pytest.mark.soak)])
def test_a_restore_killed_at_any_moment_leaves_a_whole_ledger_or_none(
    ledger: Ledger, tmp_path: Path, kills: int
) -> None:
    draw, source, to = random.Random(kills), tmp_path / "B", tmp_path / "R"
    back_up(ledger.root, ledger.store, source)
    for _ in range(kills):
        killed(restore_once, source, to, seconds=draw.uniform(0, 0.12))
        if to.exists():
            report = verify_chain(Ledger.find(to).store.path)
            assert (report.events, report.reason) == (EVENTS, None)
            assert len([*(to / "queries").iterdir()]) == 5
            shutil.rmtree(to)
    restore(source, to)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["B", "R"]


def test_of_several_backups_to_one_folder_each_finds_what_the_others_wrote(ledger: Ledger, tmp_path: Path) -> None:
    context, to = processes(), tmp_path / "B"
    pipes = [context.Pipe(duplex=False) for _ in range(3)]
    backups = [context.Process(target=back_up_repeatedly, args=(ledger.root, to, sending)) for _, sending in pipes]
    for process in backups:
        process.start()
    for process in backups:
        process.join()
        assert process.exitcode == 0
        process.close()
    for pipe in pipes:
        for end in pipe:
            end.close()
    manifest = read_manifest(to)
    check_content(to, manifest)
    assert manifest.head == str(head(ledger.store.path))
    assert len(manifest.segments) == EVENTS // 25


def test_a_backup_on_a_full_disk_fails_and_what_was_backed_up_stays(ledger: Ledger, tmp_path: Path) -> None:
    import resource

    from policytrack.errors import StorageTrouble

    longer = Ledger(shutil.copytree(ledger.root, tmp_path / "longer"))
    back_up(longer.root, longer.store, tmp_path / "B")
    append(longer, numbered(EVENTS + 1, EVENTS + 500))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StorageTrouble, match="File too large"):
            back_up(longer.root, longer.store, tmp_path / "B")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    before = read_manifest(tmp_path / "B")
    check_content(tmp_path / "B", before)
    assert before.position == EVENTS
    assert back_up(longer.root, longer.store, tmp_path / "B").position == EVENTS + 500
