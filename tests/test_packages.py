"""What is installed under our names is ours, and content is never code."""

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["counterseal", "pipelines", "serving", "scripts"]
CONTENT = ["policies", "datasets", "model_specs", "registry", "attestations", "sbom"]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_ships_our_packages(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"counterseal"}


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_regular_packages(package: str) -> None:
    # Without an __init__.py a stranger's package of the same name would win, wherever it stands on the path.
    assert (ROOT / package / "__init__.py").is_file()


@pytest.mark.parametrize("folder", CONTENT)
def test_content_holds_no_code(folder: str) -> None:
    # An __init__.py in datasets/ would hide the installed library of that name.
    code = [path for pattern in ("*.py", "*.pyi", "*.pyc", "*.so") for path in (ROOT / folder).rglob(pattern)]
    assert code == []
