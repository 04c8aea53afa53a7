"""Licences come from a source, or are unknown."""

from __future__ import annotations

from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING

import pytest

from pipelines import licences, lock
from pipelines.lock import Installed

if TYPE_CHECKING:
    from pathlib import Path

MIT = "Permission is hereby granted,\n free of charge, to any person ... THE SOFTWARE IS PROVIDED 'AS IS'"
BSD = "Redistribution and use in source and binary forms ... THIS SOFTWARE IS PROVIDED"
CLASSIFIER = "Classifier: License :: OSI Approved ::"


def package(folder: Path, fields: str, licence: str = "") -> Installed:
    """Install a package that has nothing but metadata."""
    info = folder / "thing-1.dist-info"
    (info / "licenses").mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: thing\nVersion: 1\n{fields}\n\n")
    (info / "licenses" / "LICENSE.txt").write_text(licence)
    (info / "RECORD").write_text("thing-1.dist-info/METADATA,,\nthing-1.dist-info/licenses/LICENSE.txt,,\n")
    distribution = PathDistribution(info)
    return Installed(distribution, distribution.metadata)


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ("License-Expression: MIT OR Apache-2.0", "", "MIT OR Apache-2.0"),
        ("License-Expression: MIT\nLicense: BSD-3-Clause", BSD, "MIT"),
        ("License: apache-2.0", "", "Apache-2.0"),
        (f"License: see below\n{CLASSIFIER} MIT License", BSD, "MIT"),
        (f"{CLASSIFIER} MIT License\n{CLASSIFIER} Apache Software License", "", "Apache-2.0 AND MIT"),
        (f"{CLASSIFIER} BSD License", BSD, "BSD-2-Clause"),
        (f"{CLASSIFIER} BSD License", BSD.replace("...", "endorse or promote products derived"), "BSD-3-Clause"),
        ("", MIT, "MIT"),
        (f"License: {MIT}".replace("\n", "\n       "), "", "MIT"),
        ("", "All rights reserved.", licences.UNKNOWN),
        ("License: proprietary", "", licences.UNKNOWN),
        (f"{CLASSIFIER} MIT License\n{CLASSIFIER} BSD License", "", licences.UNKNOWN),
        ("", "", licences.UNKNOWN),
    ],
)
def test_the_first_source_that_speaks_plainly_counts(tmp_path: Path, fields: str, text: str, expected: str) -> None:
    assert licences.of(package(tmp_path, fields, text)) == expected


def test_what_is_not_installed_is_unknown() -> None:
    assert licences.of(None) == licences.UNKNOWN


def test_every_package_of_the_lock_has_a_licence_that_is_one(lock_bytes: bytes) -> None:
    found = {pin.name: licences.of(lock.installed(pin)) for pin in lock.read(lock_bytes, "lock")}
    assert {name for name, licence in found.items() if licence == licences.UNKNOWN} == set()
    assert all(licences.spdx_of(licence) == licence for licence in found.values())
