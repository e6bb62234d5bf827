"""Backups: everything comes back, only what is new is written, and what is not ours or damaged is refused."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBEvent

from policytrack.backups.back_up import back_up, check_content
from policytrack.backups.manifest import MANIFEST, read_manifest
from policytrack.backups.restore import restore
from policytrack.errors import IntegrityTrouble, NotFound, PolicytrackError, Refused, UsageError
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import checked_pages, head
from policytrack.store.sqlite.verify import verify_chain
from tests.backups.support import append, numbered

ODD = [
    DCBEvent("a", b'{"n": 1.50, "s": "\\u0000 \\ud800"}', ["x", "x", "y"]),
    DCBEvent("a", b"\xff\xfe not UTF-8", []),
    DCBEvent("a", b"nul \0 inside", ["zé", '"']),
    DCBEvent("a", b"", []),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of a few events, with settings, own SQL and a query."""
    ledger = Ledger.create(tmp_path / "ledger")
    append(ledger, [*ODD, *numbered(1, 20)])
    (ledger.projections / "checks" / "mine.sql").write_text("/* Mine. */ SELECT 1", encoding="utf-8")
    (ledger.queries / "é one.sql").write_text("SELECT 2", encoding="utf-8")
    (ledger.root / "readmodel" / "CURRENT").write_text("g1", encoding="utf-8")
    return ledger


def backed_up(ledger: Ledger, to: Path, **how: bool) -> str:
    return back_up(ledger.root, ledger.store, to, **how).head


def rows(store: Path) -> list[tuple[object, ...]]:
    return [tuple(row) for page in checked_pages(store, 0, head(store).position) for row in page]


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def test_a_restored_ledger_has_the_same_events_files_and_head(ledger: Ledger, tmp_path: Path) -> None:
    cited = backed_up(ledger, tmp_path / "B")
    restored = tmp_path / "new" / "R"
    assert (
        restore(tmp_path / "B", restored).head
        == cited
        == str(head(ledger.store.path))
        == str(head(restored / "events.db"))
    )
    assert rows(restored / "events.db") == rows(ledger.store.path)
    assert verify_chain(restored / "events.db").reason is None
    names = ("policytrack.toml", "projections/checks/mine.sql", "queries/é one.sql", "ledger.head")
    assert [(restored / name).read_bytes() for name in names[:3]] == [
        (ledger.root / name).read_bytes() for name in names[:3]
    ]
    assert (restored / names[3]).exists()
    assert not (restored / "readmodel" / "CURRENT").exists()
    assert [path.name for path in restored.parent.iterdir()] == ["R"]
    append(Ledger.find(restored), numbered(21, 22))


def test_a_second_backup_writes_only_what_is_new(ledger: Ledger, tmp_path: Path) -> None:
    to = tmp_path / "B"
    backed_up(ledger, to)
    first = content(to)
    backed_up(ledger, to, full_check=True)
    assert content(to) == first
    append(ledger, numbered(21, 30))
    (ledger.queries / "two.sql").write_text("SELECT 3", encoding="utf-8")
    done = back_up(ledger.root, ledger.store, to)
    assert (done.before, done.position, done.files) == (24, 34, 4)
    second = content(to)
    del first[MANIFEST]
    assert {name: second[name] for name in first} == first
    assert "events-000000000025-000000000034.jsonl" in second.keys() - first.keys()
    restore(to, tmp_path / "R")
    assert rows(tmp_path / "R" / "events.db") == rows(ledger.store.path)


def test_events_that_are_recorded_during_a_backup_are_in_the_next(ledger: Ledger, tmp_path: Path) -> None:
    def record_more(done: int, _: int) -> None:
        append(ledger, numbered(done + 100, done + 100))

    done = back_up(ledger.root, ledger.store, tmp_path / "B", progress=record_more)
    assert (done.position, head(ledger.store.path).position) == (24, 25)
    check_content(tmp_path / "B", read_manifest(tmp_path / "B"))
    assert backed_up(ledger, tmp_path / "B") == str(head(ledger.store.path))


def test_an_empty_ledger_can_be_backed_up_and_restored(tmp_path: Path) -> None:
    ledger = Ledger.create(tmp_path / "ledger")
    assert backed_up(ledger, tmp_path / "B").startswith("e0 sha256:")
    (tmp_path / "R").mkdir()
    restore(tmp_path / "B", tmp_path / "R")
    assert head(Ledger.find(tmp_path / "R").store.path).position == 0


@pytest.mark.parametrize("other", ["another ledger", "rolled back", "same length"])
def test_a_backup_with_events_that_the_ledger_does_not_have_is_refused_and_unchanged(
    ledger: Ledger, tmp_path: Path, other: str
) -> None:
    older = Ledger(shutil.copytree(ledger.root, tmp_path / "older"))
    append(ledger, numbered(21, 22))
    backed_up(ledger, tmp_path / "B")
    before = content(tmp_path / "B")
    if other == "another ledger":
        older = Ledger.create(tmp_path / "another")
        append(older, numbered(1, 30))
    elif other == "same length":
        append(older, numbered(31, 32))
    with pytest.raises(IntegrityTrouble, match="backup of another ledger, or the event store was replaced"):
        backed_up(older, tmp_path / "B")
    assert content(tmp_path / "B") == before


def test_folders_that_are_no_place_for_it_are_refused(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    (tmp_path / "link").symlink_to(ledger.root)
    for to, error in (("full", Refused), ("ledger", UsageError), ("ledger/b", UsageError), ("link/b", UsageError)):
        with pytest.raises(error):
            backed_up(ledger, tmp_path / to)
    with pytest.raises(NotFound, match="is not a backup"):
        restore(ledger.root, tmp_path / "R")
    backed_up(ledger, tmp_path / "B")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for to in ("full", "ledger", "full/a", "gone"):
        with pytest.raises(Refused, match="is not an empty folder"):
            restore(tmp_path / "B", tmp_path / to)


def _first_segment(backup: Path) -> Path:
    return min(backup.glob("events-*.jsonl"))


def _edit(backup: Path, edit: Callable[[bytes], bytes]) -> None:
    path = _first_segment(backup)
    path.write_bytes(edit(path.read_bytes()))


def _edit_manifest(backup: Path, **changes: object) -> None:
    path = backup / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def _restores_to(name: str) -> Callable[[Path], None]:
    def change(backup: Path) -> None:
        (file, *others) = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))["files"]
        _edit_manifest(backup, files=[file, *others, {**file, "path": name}])

    return change


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a changed amount": lambda backup: _edit(backup, lambda lines: lines.replace(b'\\"n\\":7,', b'\\"n\\":8,')),
    "a changed tag": lambda backup: _edit(backup, lambda lines: lines.replace(b"n:7", b"n:8")),
    "a changed time": lambda backup: _edit(backup, lambda lines: lines.replace(b'"recorded_at":1', b'"recorded_at":2', 1)),
    "a line less": lambda backup: _edit(backup, lambda lines: lines[: lines[:-1].rindex(b"\n") + 1]),
    "a line more": lambda backup: _edit(backup, lambda lines: lines + lines[lines[:-1].rindex(b"\n") + 1 :]),
    "a line out of the middle": lambda backup: _edit(backup, lambda lines: b"\n".join(lines.split(b"\n")[:5] + lines.split(b"\n")[6:])),
    "half a line": lambda backup: _edit(backup, lambda lines: lines[:-20]),
    "another key": lambda backup: _edit(backup, lambda lines: lines.replace(b'"type":', b'"Type":', 1)),
    "no JSON": lambda backup: _edit(backup, lambda lines: b"\xff" + lines[1:]),
    "an empty segment": lambda backup: _edit(backup, lambda _: b""),
    "no segment": lambda backup: _first_segment(backup).unlink(),
    "a pipe for a segment": lambda backup: (_first_segment(backup).unlink(), os.mkfifo(backup / "events-000000000001-000000000024.jsonl"))[1],
    "a changed file": lambda backup: next((backup / "files").iterdir()).write_bytes(b"-"),  # type: ignore[func-returns-value]
    "no files": lambda backup: shutil.rmtree(backup / "files"),
    "no manifest of JSON": lambda backup: (backup / MANIFEST).write_bytes(b"{"),  # type: ignore[func-returns-value]
    "a manifest of another format": lambda backup: _edit_manifest(backup, format="policytrack-backup/2"),
    "a manifest with a gap": lambda backup: _edit_manifest(backup, segments=[{"first": 2, "last": 24, "digest": "0" * 64}]),
    "a manifest with another head": lambda backup: _edit_manifest(backup, segments=[{"first": 1, "last": 24, "digest": "0" * 64}]),
    "no settings": lambda backup: _edit_manifest(backup, files=[]),
    **{f"a path {name!r}": _restores_to(name) for name in (
        "../out", "/etc/out", "projections/../../out", "queries/./a", "events.db", "seals", "readmodel/CURRENT",
        "projections//a", "queries\\a", "queries/a\0", "policytrack.toml",
    )},
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_and_nothing_appears(ledger: Ledger, tmp_path: Path, damage: str) -> None:
    backup = tmp_path / "B"
    backed_up(ledger, backup)
    DAMAGES[damage](backup)
    with pytest.raises(PolicytrackError) as refused:
        restore(backup, tmp_path / "R")
    assert refused.value.exit_code == (5 if "pipe" in damage else 6), refused.value
    assert refused.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["B", "ledger"]
    if damage != "no settings":
        with pytest.raises(PolicytrackError):
            backed_up(ledger, backup, full_check=True)


def test_a_changed_event_is_named_with_its_file_and_line(ledger: Ledger, tmp_path: Path) -> None:
    backed_up(ledger, tmp_path / "B")
    DAMAGES["a changed amount"](tmp_path / "B")
    with pytest.raises(IntegrityTrouble) as refused:
        restore(tmp_path / "B", tmp_path / "R")
    assert str(refused.value) == (
        f"the backup is damaged: e11 does not match its digest ({_first_segment(tmp_path / 'B')}:11)"
    )


def test_links_and_unfinished_files_stay_out_and_private_ledgers_stay_private(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (ledger.queries / "link.sql").symlink_to(tmp_path / "secret")
    (ledger.queries / ".two.sql.swp").touch()
    os.mkfifo(ledger.queries / "pipe.sql")
    for path in (ledger.store.path, *ledger.root.glob("events.db-*")):
        path.chmod(0o600)
    done = back_up(ledger.root, ledger.store, tmp_path / "B")
    assert done.left_out == (
        "queries/link.sql is not backed up: it is a link",
        "queries/pipe.sql is not backed up: it is a named pipe, not a regular file",
    )
    restore(tmp_path / "B", tmp_path / "R")
    assert sorted(path.name for path in (tmp_path / "R" / "queries").iterdir()) == ["é one.sql"]
    for top in (tmp_path / "B", tmp_path / "R"):
        for path in (top, *top.rglob("*")):
            if path.parent.name != "readmodel":
                assert path.stat().st_mode & 0o077 == 0, path


def test_a_backup_with_huge_lines_is_read_in_bounded_memory(ledger: Ledger, tmp_path: Path) -> None:
    import tracemalloc

    backed_up(ledger, tmp_path / "B")
    line = b'{"data":"' + b"x" * (1 << 20) + b'"}\n'
    _first_segment(tmp_path / "B").write_bytes(line * 40)
    tracemalloc.start()
    with pytest.raises(IntegrityTrouble, match="other keys"):
        restore(tmp_path / "B", tmp_path / "R")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 25 << 20
