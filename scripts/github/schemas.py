"""Write policies/schemas anew from the document classes: ``python -m scripts.github.schemas``."""

from __future__ import annotations

import sys
from pathlib import Path

from counterseal.documents import places, schemas


def main(root: Path) -> int:
    """Write every schema, and remove what no class gives any more."""
    files = schemas.all_files()
    for stale in (root / places.SCHEMAS).glob("*.schema.json"):
        if stale.relative_to(root).as_posix() not in files:
            stale.unlink()
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
