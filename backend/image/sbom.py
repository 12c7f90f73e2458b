"""Prints what is installed as a CycloneDX bill of materials: Python's packages here, Debian's of the base.

Of Debian it lists what `slim_root.sh` leaves: the argument is its list of packages.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

STATUS = "/var/lib/dpkg/status"


def main(arguments: list[str]) -> None:
    components = [python(), *packages(), *debian(Path(arguments[0] if arguments else STATUS))]
    components.sort(key=lambda component: component["purl"])
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "askdocs"}},
        "components": components,
    }
    json.dump(bill, sys.stdout, indent=1)


def python() -> dict[str, Any]:
    version = platform.python_version()
    return component("python", version, f"pkg:generic/python@{version}", "Python-2.0")


def packages() -> Iterator[dict[str, Any]]:
    for found in metadata.distributions():
        name = found.metadata["Name"].lower().replace("_", "-")
        license_ = str(found.metadata.json.get("license_expression", ""))
        yield component(name, found.version, f"pkg:pypi/{name}@{found.version}", license_)


def debian(status: Path) -> Iterator[dict[str, Any]]:
    for paragraph in status.read_text().split("\n\n"):
        lines = (line.partition(": ") for line in paragraph.splitlines() if not line.startswith(" "))
        fields = {key: value for key, _, value in lines}
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}&distro=debian-12"
            yield component(name, version, purl)


def component(name: str, version: str, purl: str, license_: str = "") -> dict[str, Any]:
    licenses = [{"expression": license_}] if license_ else []
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": licenses,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
