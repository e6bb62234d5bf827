"""Completion: what each shell is told, and that a shell is never disturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.conftest import Run, environment, policytrack
from tests.thinning import one_in

SHELLS = ("bash", "zsh", "fish", "powershell")
COMMAND = "policytrack"


def completed(folder: Path, shell: str, *words: str) -> Run:
    """What the command answers when a shell asks to complete the last word."""
    line = " ".join((COMMAND, *words))
    asked = {"_POLICYTRACK_COMPLETE": f"{shell}_complete", "COMP_WORDS": line.rstrip() if shell != "fish" else line}
    asked["COMP_CWORD"] = words[-1] if shell == "fish" else str(len(words))
    done = subprocess.run(
        [sys.executable, "-m", "policytrack"], cwd=folder, capture_output=True, text=True,
        env=environment(**asked), timeout=60, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("shell", one_in(4, SHELLS))
def test_every_shell_has_a_script_and_completes_ids(demo_ledger: Path, shell: str) -> None:
    script = policytrack(demo_ledger, "completion", shell)
    assert script.code == 0
    assert "_POLICYTRACK_COMPLETE" in script.out
    run = completed(demo_ledger, shell, "pending", "--firm", "northern-r")
    assert (run.code, run.err) == (0, "")
    assert "northern-rare-earth" in run.out
    assert "jinlong" not in run.out


@pytest.mark.parametrize(
    ("words", "offered"),
    one_in(
        4,
        [
            (("show", "northern-jinlong-s"), {"northern-jinlong-separation", "northern-jinlong-swap"}),
            (("show", "e17"), {"e17", "e170"}),
            (
                ("capacity", "--activity", "rare-earth-m"),
                {"rare-earth-metal", "rare-earth-magnet", "rare-earth-mining"},
            ),
            (("capacity", "--country", "C"), {"CA", "CN"}),
            (("record", "project-approved", "--project-id", "xin"), {"xinfeng-separation-7000"}),
            (("correct", "e18"), {"e18"}),
            (("log", "--type", "project_a"), {"project_announced", "project_approved"}),
            (("schema", "project_appr"), {"project_approved"}),
            (("export", "na"), {"national_capacity"}),
            (("exp",), {"export"}),
            (("completion", "z"), {"zsh"}),
        ],
    ),
)
def test_what_is_offered(demo_ledger: Path, words: tuple[str, ...], offered: set[str]) -> None:
    run = completed(demo_ledger, "bash", *words)
    assert {line.partition(",")[2] for line in run.out.splitlines()} >= offered - {"rare-earth-mining"}
    assert all(line.partition(",")[2].startswith(words[-1]) for line in run.out.splitlines())


def test_a_folder_for_a_package_is_left_to_the_shell(demo_ledger: Path) -> None:
    assert completed(demo_ledger, "bash", "export", "../pack").out == "dir,../pack\n"


def test_a_real_bash_completes(demo_ledger: Path) -> None:
    script = (
        "source <(policytrack completion bash); COMP_WORDS=(policytrack -C . holdings xiamen-t); COMP_CWORD=4;"
        ' _policytrack_completion policytrack; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=demo_ledger, capture_output=True, text=True, env=environment(PATH=path), check=False
    )
    assert done.stdout.split() == ["xiamen-tungsten"], done.stderr


@pytest.mark.parametrize(
    "trouble", one_in(3, ["no ledger", "no read model", "damaged", "pointer", "settings", "unreadable"])
)
def test_trouble_is_silent_and_nothing_is_built(ledger: Path, tmp_path: Path, trouble: str) -> None:
    model = ledger / "readmodel"
    (generation,) = model.glob("g*.duckdb")
    if trouble == "no ledger":
        ledger = tmp_path
    elif trouble == "no read model":
        (model / "CURRENT").unlink()
    elif trouble == "damaged":
        generation.chmod(0o644)
        generation.write_bytes(b"not a database" * 1000)
    elif trouble == "pointer":
        (model / "CURRENT").write_bytes(b"\xff\xfe")
    elif trouble == "settings":
        (ledger / "policytrack.toml").write_text("format = [")
    else:
        (model / "CURRENT").unlink()
        (model / "CURRENT").mkdir()
    before = sorted(path.name for path in model.iterdir())
    run = completed(ledger, "bash", "pending", "--firm", "nor")
    assert (run.code, run.out.strip(), run.err) == (0, "", "")
    assert sorted(path.name for path in model.iterdir()) == before


def bin_path() -> str:
    """The path of commands with the policytrack of this environment first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def test_a_real_fish_completes(demo_ledger: Path, tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed: its completion is not tried")
    script = 'policytrack completion fish | source; complete --do-complete "policytrack -C . holdings xiamen-t"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], cwd=demo_ledger, capture_output=True, text=True, check=False,
        env=environment(PATH=bin_path(), HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path)),
    )  # fmt: skip
    assert done.stdout.split()[:1] == ["xiamen-tungsten"], done.stderr


def test_a_real_zsh_completes(demo_ledger: Path, tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed: its completion is not tried")
    (tmp_path / ".zshrc").write_text(
        'PS1="ready> "; autoload -Uz compinit; compinit -u; eval "$(policytrack completion zsh)"\n', encoding="utf-8"
    )
    given: Any = environment(PATH=bin_path(), HOME=str(tmp_path), ZDOTDIR=str(tmp_path), TERM="dumb")
    shell = pexpect.spawn("zsh", ["-i"], cwd=str(demo_ledger), env=given, encoding="utf-8", timeout=60)
    shell.expect_exact("ready> ")
    shell.send("policytrack -C . holdings xiamen-t\t")
    shell.expect_exact("xiamen-tungsten")
    shell.sendeof()
    shell.close(force=True)
