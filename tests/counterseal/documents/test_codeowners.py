"""CODEOWNERS tells the forge whom the trust wants asked."""

from __future__ import annotations

import re

from counterseal.documents import places
from counterseal.documents.codeowners import render
from tests.goldens.examples import trust

LINES = [line.split() for line in render(trust()).decode().splitlines() if not line.startswith("#")]


def owners(path: str) -> list[str]:
    """Return a path's owners as a forge does: the last line that matches decides."""
    found: list[str] = []
    for pattern, *people in LINES:
        if pattern == "*" or f"/{path}".startswith(pattern):
            found = people
    return found


def test_each_area_has_the_people_of_its_quorum() -> None:
    assert owners("counterseal/values/digest.py") == owners("README.md") == ["@ann", "@bob"]
    assert owners("registry/m/entry.yaml") == owners("model_specs/m.yaml") == ["@ann", "@bob", "@kim"]
    assert owners("policies/entry.yaml") == owners("policies/rules/tier/policy.yaml") == ["@ann", "@bob", "@kim"]
    assert owners("policies/waivers/x.yaml") == ["@bob", "@kim"]
    assert owners("policies/trust/2.yaml") == owners("policies/layouts/x.json") == ["@ann", "@kim"]


def test_the_catch_all_stands_first_and_nobody_is_left_out() -> None:
    assert LINES[0][0] == "*"
    assert all(people for _, *people in LINES)
    assert all(re.fullmatch(r"@[a-z0-9-]+", person) for _, *people in LINES for person in people)
    assert {f"/{folder}/" for folder in places.MODEL_AREAS} < {pattern for pattern, *_ in LINES}


def test_it_follows_from_the_trust_alone() -> None:
    assert render(trust()) == render(trust(2, void=[3]))
    other = trust(roles={**trust().spec.roles, "risk": ["kim"]})
    assert render(other) != render(trust())
