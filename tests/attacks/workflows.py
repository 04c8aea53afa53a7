"""What a checker of workflows says of one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = Path(__file__).parents[2] / ".github" / "workflows"
_ZIZMOR = (str(Path(sys.executable).with_name("zizmor")), "--offline", "--quiet", "--no-config", "--format", "json")


def found(folder: Path) -> Iterable[str]:
    """Return the names of everything that zizmor finds in a folder of workflows."""
    done = subprocess.run([*_ZIZMOR, str(folder)], capture_output=True, text=True, check=False)
    return {item["ident"] for item in json.loads(done.stdout)}
