"""A pipe, a device or a folder in place of a file is refused at once, and unknown settings are errors with their place."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from policytrack.input_files import open_input, read_input
from tests.cli.conftest import head_of, policytrack
from tests.copies import copied
from tests.thinning import one_in


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one firm, caught up."""
    folder = tmp_path_factory.mktemp("one") / "L"
    assert policytrack(folder.parent, "init", "L").code == 0
    run = policytrack(folder, "record", "firm-registered", "--firm-id", "a", "--name", "A")
    assert run.code == 0, run.err
    return folder


@pytest.fixture
def one(original: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copied(original, tmp_path / "L")
    return tmp_path / "L"


@pytest.mark.parametrize(
    ("command", "code"),
    one_in(
        2,
        [
            (("import", "pipe"), 5),
            (("import", "pipe.csv", "--type", "firm_registered"), 5),
            (("import", "pipe.xlsx", "--type", "firm_registered"), 5),
            (("import", "/dev/zero", "--format", "jsonl"), 5),
            (("import", "rows.csv", "--map", "pipe"), 4),
            (("import", "rows.csv", "--map", "joins.toml"), 3),
            (("sql", "--file", "pipe"), 1),
            (("sql", "--named", "waits"), 1),
            (("sql", "--list"), 0),  # the others are listed
        ],
    ),
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_pipe_or_a_device_in_place_of_an_input_file_is_refused(
    one: Path, command: tuple[str, ...], code: int
) -> None:
    for name in ("pipe", "pipe.csv", "pipe.xlsx", "queries/waits.sql"):
        os.mkfifo(one / name)
    (one / "rows.csv").write_text("firm_id,name\nb,B\n", encoding="utf-8")
    (one / "joins.toml").write_text(
        '[[event]]\ntype = "firm_registered"\nfields = { firm_id = { column = "firm_id" }, name = { column = "name" } }\n'
        '[[join]]\nfile = "pipe.csv"\non = { firm_id = "firm_id" }\ncolumns = { other = "name" }\n',
        encoding="utf-8",
    )
    run = policytrack(one, *command)
    assert run.code == code, run.err
    assert "it is a named pipe, not a regular file" in run.err or "it is a device, not a regular file" in run.err
    assert head_of(one) == 1


@pytest.mark.parametrize(
    "name",
    one_in(
        2,
        [
            "events.db",
            "ledger.head",
            "readmodel/CURRENT",
            "readmodel/.lock",
            "readmodel/FINGERPRINT",
            "policytrack.toml",
            "events.db-journal",
            "events.db-wal",
        ],
    ),
)
def test_a_pipe_in_place_of_a_file_of_the_ledger_is_not_waited_for(one: Path, name: str) -> None:
    (one / name).unlink(missing_ok=True)
    os.mkfifo(one / name)
    for command in (("capacity",), ("record", "firm-registered", "--firm-id", "b", "--name", "B"), ("rebuild",)):
        run = policytrack(one, *command)
        assert run.code in ({0} if name in {"readmodel/.lock", "readmodel/FINGERPRINT"} else {4, 5}), run.err


@pytest.mark.soak
def test_a_preview_ignores_what_is_no_file_beside_the_views(one: Path) -> None:
    os.mkfifo(one / "projections" / "waits.sql")
    (one / "projections" / ".#mine.sql").symlink_to("nobody@nowhere.1:2")
    run = policytrack(one, "record", "firm-registered", "--firm-id", "b", "--name", "B", "--dry-run")
    assert run.code == 0, run.err
    assert head_of(one) == 1


@pytest.mark.parametrize(
    "command",
    one_in(
        2,
        [
            "backup X", "export lake X", "export X", "restore X new", "restore . X", "copy-store X .", "copy-store . X",
            "init X", "capacity -C X", "-C X log",
        ],
    ),
)  # fmt: skip
def test_what_is_no_folder_in_place_of_a_folder_is_refused_with_its_kind(one: Path, command: str) -> None:
    place = one.parent
    os.mkfifo(place / "pipe")
    (place / "file").write_text("x", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "sock"))
    (place / "link").symlink_to("pipe")
    for name, kind in {"pipe": "a named pipe", "file": "a file", "sock": "a socket", "link": "a named pipe"}.items():
        run = policytrack(one, *command.replace("X", f"../{name}").split())
        assert run.code == 2, run.err
        assert f"'../{name}' is {kind}, not a folder" in run.err
        assert "choose a folder, or a new name" in run.err
    assert "'../file' is a file" in policytrack(one, "backup", "../file/below").err


@pytest.mark.parametrize(
    "command",
    [
        ("report", "-o", "r.html", "--logo", "pipe"),
        ("verify-proof", "proof", "--key", "pipe"),
        ("sql", "--file", "pipe"),
    ],
    ids=lambda command: command[0],
)
def test_a_pipe_is_refused_without_the_number_of_an_error(one: Path, command: tuple[str, ...]) -> None:
    os.mkfifo(one / "pipe")
    run = policytrack(one, *command)
    assert run.code in {1, 2, 5}
    assert "pipe" in run.err and ": it is a named pipe, not a regular file" in run.err and "Errno" not in run.err


def test_stdin_and_a_substituted_process_are_read(one: Path) -> None:
    line = b'{"type": "firm_registered", "firm_id": "b", "name": "B"}\n'
    assert policytrack(one, "import", "-", "--format", "jsonl", given=line).code == 0
    read, write = os.pipe()
    os.write(write, line)
    os.close(write)
    with open_input(Path(f"/dev/fd/{read}")) as stream:
        assert stream.read() == line
    os.close(read)


def test_a_file_that_is_too_large_is_refused_with_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_001)
    assert len(read_input(tmp_path / "a", 1_001)) == 1_001
    with pytest.raises(OSError, match="it has more than 1,000 bytes"):
        read_input(tmp_path / "a", 1_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = 1\nfromat = 1\n", ("no setting 'fromat' (", "policytrack.toml:2)", "did you mean format?")),
        (
            "format = 1\n\n[colours]\nred = 1\n",
            ("no setting 'colours' (", "policytrack.toml:3)", "the settings are: defaults, format"),
        ),
        ('format = 1\n"stores" = "x"\n', ("no setting 'stores' (", "policytrack.toml:2)", "did you mean store?")),
        ("format = 2\nnew = 1\n", ("format 2", "upgrade policytrack")),
        ("# " + "x" * (1 << 20), ("it has more than 1,048,576 bytes",)),
    ],
)
def test_settings_that_are_unknown_or_too_large_are_refused_with_their_place(
    one: Path, text: str, said: tuple[str, ...]
) -> None:
    (one / "policytrack.toml").write_text(text, encoding="utf-8")
    run = policytrack(one, "capacity")
    assert run.code in {5, 6}
    assert all(part in run.err for part in said), run.err


def _refused_targets(place: Path, ledger: Path) -> dict[str, tuple[str, int, str]]:
    """Places that no answer can be written to, by name: the path, the exit code and the message."""
    os.mkfifo(place / "pipe.csv")
    (place / "loop.csv").symlink_to("loop.csv")
    (place / "link.csv").symlink_to(ledger / "events.db")
    (ledger / "seals").mkdir()
    (ledger / "watch").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "sock.csv"))
    return {
        "pipe": ("../pipe.csv", 5, "it is a named pipe that no process reads"),
        "socket": ("../sock.csv", 5, "it is a socket"),
        "circle": ("../loop.csv", 5, "Too many levels of symbolic links"),
        "link": ("../link.csv", 2, "events.db is a file of the ledger"),
        "seal": ("seals/new.csv", 2, "is a file of the ledger"),
        "state": ("watch/new.csv", 2, "is a file of the ledger"),
    }


def test_an_answer_is_not_written_to_a_pipe_that_nobody_reads_a_circle_or_a_file_of_the_ledger(one: Path) -> None:
    before = (one / "events.db").read_bytes()
    for place, code, said in _refused_targets(one.parent, one).values():
        run = policytrack(one, "firm", "list", "-o", place)
        assert (run.code, said in run.err) == (code, True), (place, run.err)
    assert (one / "events.db").read_bytes() == before
    assert list((one / "seals").iterdir()) == list((one / "watch").iterdir()) == []


@pytest.mark.soak
@pytest.mark.parametrize(
    "command",
    ["export firm -o X", "export events -o X", "sql FROM~firm -o X", "log -o X", "report -o X", "plot capacity -o X",
     "prove e1 -o X", "seal --request X", "export sqlite X", "template firm_registered -o X", "backup X", "export lake X",
     "import -n more.jsonl -o X", "watch a --since 2020-01-01 --append X", "map rows.csv -o X"],
)  # fmt: skip
def test_no_command_waits_for_a_pipe_that_nobody_reads(one: Path, command: str) -> None:
    (one / "more.jsonl").write_text('{"type": "firm_registered", "firm_id": "b", "name": "B"}\n', encoding="utf-8")
    (one / "rows.csv").write_text("firm,capacity\nb,5\n", encoding="utf-8")
    with (one / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[watch.a]\n")
    assert policytrack(one, "seal", "--new-key", "../key").code == 0
    assert policytrack(one, "seal", "--key", "../key").code == 0
    endings = {"report": ".html", "plot": ".svg", "export sqlite": ".sqlite", "template": ".yaml", "import": ".jsonl"}
    ending = next((end for words, end in endings.items() if command.startswith(words)), ".csv")
    os.mkfifo(one.parent / f"pipe{ending}")
    run = policytrack(one, *(word.replace("~", " ") for word in command.replace("X", f"../pipe{ending}").split()))
    assert run.code in {2, 5}, run.err
    assert "pipe" in run.err and "PT999" not in run.err
    assert head_of(one) == 1


def test_an_answer_goes_to_a_pipe_that_is_read_and_to_what_the_shell_opens(one: Path) -> None:
    os.mkfifo(one / "pipe.csv")
    reading = os.open(one / "pipe.csv", os.O_RDONLY | os.O_NONBLOCK)
    try:
        run = policytrack(one, "sql", "SELECT name FROM firm", "-o", "pipe.csv")
        assert (run.code, os.read(reading, 100)) == (0, b"name\nA\n"), run.err
    finally:
        os.close(reading)
    run = policytrack(one, "sql", "SELECT name FROM firm", "--format", "csv", "-o", "/dev/stdout")
    assert (run.code, run.out) == (0, "name\nA\n"), run.err


def test_news_are_appended_to_no_file_of_a_ledger_by_any_name(one: Path) -> None:
    with (one / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[watch.a]\n")
    before = (one / "events.db").read_bytes()
    (one.parent / "link.jsonl").symlink_to("L/events.db")
    (one.parent / "hard.jsonl").hardlink_to(one / "events.db")
    os.mkfifo(one.parent / "pipe.jsonl")
    for place, code, said in (
        ("events.db", 2, "is a file of the ledger"),
        ("../link.jsonl", 2, "is a file of the ledger"),
        ("../hard.jsonl", 2, "is not a file of JSON Lines"),
        ("../pipe.jsonl", 5, "it is not a regular file"),
    ):
        run = policytrack(one, "watch", "a", "--since", "2020-01-01", "--append", place)
        assert (run.code, said in run.err) == (code, True), run.err
    assert (one / "events.db").read_bytes() == before
    for _ in range(2):
        assert policytrack(one, "watch", "a", "--since", "2020-01-01", "--append", "news.jsonl").code == 0


@pytest.mark.parametrize("name", ["events.db", "ledger.head", "seals", "watch"])
def test_nothing_is_written_through_a_link_in_a_ledger(one: Path, name: str) -> None:
    outside = one.parent / "outside"
    if name in {"seals", "watch"}:
        outside.mkdir()
    else:
        (one / name).rename(outside)
    (one / name).symlink_to(outside)
    for command in (("capacity",), ("record", "firm-registered", "--firm-id", "b", "--name", "B"), ("watch",)):
        run = policytrack(one, *command)
        assert (run.code, f"{name} is a link: its target would be written to" in run.err) == (5, True), run.err
    assert not outside.is_dir() or not any(outside.iterdir())


def test_the_lock_of_watch_is_not_made_through_a_link(one: Path) -> None:
    with (one / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[watch.a]\n")
    (one / "watch").mkdir()
    (one / "watch" / ".lock").symlink_to("../../outside")
    assert policytrack(one, "watch", "a").code == 5
    assert not (one.parent / "outside").exists()


def test_no_package_and_no_key_is_made_in_a_folder_that_policytrack_keeps(one: Path) -> None:
    before = {path for path in one.rglob("*") if "events.db" not in path.name}
    for command in ("export ./readmodel/new", "export ./readmodel --force", "seal --new-key readmodel/key"):
        run = policytrack(one, *command.split())
        assert (run.code, "is a file of the ledger" in run.err) == (2, True), run.err
    assert {path for path in one.rglob("*") if "events.db" not in path.name} == before


@pytest.mark.parametrize(
    "command", one_in(3, ["backup X", "export ./X", "export lake X/y", "init X", "copy-store . X", "-C X log"])
)
def test_a_link_in_a_circle_in_place_of_a_folder_is_refused(one: Path, command: str) -> None:
    (one / "circle").symlink_to("circle")
    run = policytrack(one, *command.replace("X", "circle").split())
    assert (run.code, "is a link in a circle" in run.err) == (2, True), run.err
