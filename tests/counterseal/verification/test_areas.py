"""Areas: known paths in plain letters and modes, one area a change."""

import pytest

from counterseal.values.finding import Refused
from counterseal.verification.areas import area_of, change_digest, scope_of
from counterseal.verification.git import Change


def change(path: str, mode: str = "100644", after: str | None = "b" * 40) -> Change:
    return Change(path, mode, "a" * 40, after)


def code_of(*paths: str, mode: str = "100644") -> str:
    with pytest.raises(Refused) as refusal:
        scope_of([change(path, mode) for path in paths])
    return refusal.value.code


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("model_specs/a.yaml", "model"),
        ("registry/a/entry.yaml", "model"),
        ("sbom/a.cdx.json", "model"),
        ("policies/trust/2.yaml", "trust"),
        ("policies/entry.yaml", "rules"),
        ("policies/rules/x/policy.yaml", "rules"),
        ("policies/approvals/bob.yaml", "rules"),
        ("policies/approvals/code/bob.yaml", "code"),
        ("policies/approvals/waivers/bob.yaml", "waivers"),
        ("policies/waivers/w.yaml", "waivers"),
        ("policies/advisories/pypi.json", "advisories"),
        ("policies/schemas/Trust.schema.json", "code"),
        ("README.md", "code"),
        (".github/workflows/ci.yml", "code"),
        (".github/CODEOWNERS", None),
        ("policies/layouts/aa.json", None),
    ],
)
def test_each_path_has_its_area(path: str, area: str | None) -> None:
    assert area_of(path) == area


@pytest.mark.parametrize("path", ["unknown/x", "policies/else.yaml", "Registry/a/entry.yaml"])
def test_unknown_paths_are_refused(path: str) -> None:
    assert code_of(path) == "UNKNOWN_PATH"


@pytest.mark.parametrize(
    "path", ["registry/../x", "registry/a b", "registry/é", "registry/.git/config", "registry//x", "a\n"]
)
def test_odd_letters_are_refused(path: str) -> None:
    assert code_of(path) == "PATH_CHARACTERS"


@pytest.mark.parametrize("mode", ["120000", "160000", "100664"])
def test_links_and_submodules_are_refused(mode: str) -> None:
    assert code_of("registry/a/entry.yaml", mode=mode) == "FILE_MODE"


def test_executables_and_removals_are_fine() -> None:
    assert scope_of([change("docs/x.md", "100755"), change("docs/y.md", "000000", None)]).area == "code"


def test_areas_are_not_mixed() -> None:
    assert code_of("registry/a/entry.yaml", "policies/rules/x/policy.yaml") == "MIXED_AREAS"
    assert code_of("registry/a/entry.yaml", "README.md") == "MIXED_AREAS"
    assert code_of("registry/a/entry.yaml", ".github/CODEOWNERS") == "MIXED_AREAS"
    assert code_of() == "MIXED_AREAS"


def test_code_the_rules_name_changes_with_the_rules_only() -> None:
    assert code_of("counterseal/x.py") == "CODE_WITHOUT_RULES"
    assert code_of("requirements.lock", "docs/x.md") == "CODE_WITHOUT_RULES"
    scope = scope_of([change(p) for p in ("counterseal/x.py", "policies/entry.yaml", "docs/x.md")])
    assert (scope.area, scope.unnamed_code) == ("rules", ("docs/x.md",))


def test_codeowners_and_layouts_ride_with_trust() -> None:
    paths = ("policies/trust/2.yaml", ".github/CODEOWNERS", "policies/layouts/aa.json")
    assert scope_of(map(change, paths)).area == "trust"


def test_a_change_is_named_by_its_content_and_not_by_its_approvals() -> None:
    one = [change("docs/x.md"), change("docs/y.md", after=None)]
    assert change_digest(one) == change_digest([*one, change("policies/approvals/code/bob.yaml")])
    assert change_digest(one) != change_digest([change("docs/x.md", after="c" * 40), one[1]])
