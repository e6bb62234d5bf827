"""The container: it is built from files on disk, and runs as a user without rights. In `make soak`, if buildah is installed.

The base image is named by IMAGE_BASE; its Python has the version of this environment's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BASE = os.environ.get("IMAGE_BASE", "")


def buildah(*words: str) -> str:
    settings = {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
    done = subprocess.run(
        ["buildah", *words], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False, env=settings
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.soak
@pytest.mark.skipif(not BASE or not shutil.which("buildah"), reason="needs buildah, and a base image in IMAGE_BASE")
def test_the_image_is_built_without_a_network_and_answers() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run(["make", "image-files", f"IMAGE_PYTHON={version}"], cwd=ROOT, check=True, timeout=300)
    buildah("bud", "--network", "none", "--build-arg", f"BASE={BASE}", "--tag", "policytrack-test", ".")
    container = buildah("from", "localhost/policytrack-test").strip()
    try:
        assert "uid=10001(policytrack)" in buildah("run", container, "--", "id")
        buildah("run", container, "--", "policytrack", "--quiet", "init", ".", "--demo")
        assert "\t45800\t" in buildah("run", container, "--", "policytrack", "capacity", "--country", "CN")
    finally:
        buildah("rm", container)
        buildah("rmi", "policytrack-test")
