"""What can be known of the images without building them; `make test-image` builds and runs them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from askdocs.config import read

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "backend" / "Dockerfile"

ONLY_STANDALONE = {"onnxruntime", "qdrant-edge-py", "tokenizers"}
MODULES = ("onnxruntime", "qdrant_edge", "tokenizers")
"""Of the packages that production is without."""


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of that name, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE.read_text())
    return re.findall(rf"^{name}\s+(.+)$", text, re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "backend" / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_bases_are_pinned_by_digest() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE.read_text(), re.MULTILINE))
    bases = {line.split()[0] for line in instructions("FROM")} - stages - {"scratch"}

    assert bases
    assert all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", base) for base in bases)


def test_everything_that_is_copied_exists() -> None:
    sources = [
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]

    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_production_is_locked_to_the_same_releases_without_the_engine_and_the_model() -> None:
    production, everything = locked("requirements-production.txt"), locked("requirements.txt")

    assert production.items() <= everything.items()
    assert production.keys() & ONLY_STANDALONE == set()
    assert everything.keys() >= ONLY_STANDALONE


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_process_ends_before_cloud_run_kills_it(environment: str) -> None:
    server = read(environment).server

    assert server.shutdown_grace == 8
    assert server.shutdown_grace + server.shutdown_patience < 10


def test_program_starts_without_the_engine_and_the_model() -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({MODULES}));"
        "import askdocs.cli.commands, askdocs.api.app, askdocs.vectors.server; "
        "askdocs.cli.commands.program()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_bill_of_materials_lists_both_kinds_of_packages(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text(
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n more\n\n"
        "Package: perl-base\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 5.36\n"
    )
    command = [sys.executable, str(ROOT / "backend" / "image" / "sbom.py"), str(status)]
    bill = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    found = {component["purl"] for component in bill["components"]}
    assert "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12" in found
    assert f"pkg:pypi/fastapi@{locked('requirements.txt')['fastapi']}" in found
    assert not any("perl" in purl for purl in found)


def test_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    ended = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)

    assert ended.stdout == ""
