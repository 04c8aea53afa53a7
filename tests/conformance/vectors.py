"""The vectors as files: each model with its rows and answers, each document and row that is to be refused.

``python -m tests.conformance`` writes them; a test holds them to what would be written, so that no answer changes
unseen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json
from tests.conformance.models import INVALID, MODELS, REFUSED, ROWS

FOLDER = Path(__file__).parent / "vectors"


def vectors() -> dict[str, bytes]:
    """Return file name → bytes."""
    made: dict[str, Any] = {f"{name}.json": _answered(case) for name, case in MODELS.items()}
    made["invalid.json"] = [{"says": says, "model": model} for says, model in INVALID.items()]
    return {name: strict_json.pretty(value) for name, value in made.items()}


def _answered(case: dict[str, Any]) -> dict[str, Any]:
    model = PortableModel.read(strict_json.pretty(case["model"]), case["says"])
    answers = [model.checked(row) for row in ROWS]
    rows = [
        {"row": row, "outputs": list(answer.outputs), "decision": answer.decision}
        for row, answer in zip(ROWS, answers, strict=True)
    ]
    return {"says": case["says"], "model": case["model"], "rows": rows, "refused": REFUSED}
