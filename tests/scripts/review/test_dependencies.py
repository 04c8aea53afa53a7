from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from scripts.review.dependencies import table


def side(packages: dict[str, tuple[str, str]], *weak: tuple[str, str]) -> Any:
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "properties": [{"name": "counterseal:licence", "value": licence}],
        }
        for name, (version, licence) in packages.items()
    ]
    result = [{"id": id_, "component": f"pkg:pypi/{package}"} for package, id_ in weak]
    bom = {"components": [*components, {"type": "data", "name": "rows"}]}
    return cast("Any", SimpleNamespace(bom=bom, findings={"result": result}))


def test_what_came_went_and_changed_is_a_row() -> None:
    old = side({"a": ("1", "MIT"), "b": ("1", "MIT"), "c": ("1", "MIT"), "same": ("1", "MIT")}, ("c@1", "OLD-1"))
    new = side(
        {"a": ("2", "MIT"), "b": ("1", "unknown"), "d": ("1", "GPL-3.0-only"), "same": ("1", "MIT")}, ("a@2", "NEW-1")
    )
    assert table(new, old).rows == (
        ("a", "1", "2", "MIT"),
        ("b", "1", "1", "MIT → unknown"),
        ("c", "1", "-", "MIT"),
        ("d", "-", "1", "GPL-3.0-only"),
        ("NEW-1 in a@2", "-", "vulnerable", "-"),
        ("OLD-1 in c@1", "vulnerable", "-", "-"),
    )


def test_the_same_packages_are_a_sentence() -> None:
    found = table(side({"a": ("1", "MIT")}), side({"a": ("1", "MIT")}))
    assert (found.rows, found.says) == ((), "1 packages, the same as before.")
