"""Where everything lives: every path of the repository is computed here and nowhere else."""

from __future__ import annotations

import re

MODEL_FILES = ("model.json", "baseline.json", "golden.json")
SPECS = "model_specs"
MODEL_AREAS = (SPECS, "datasets", "registry", "attestations", "sbom")

RULES = "policies/entry.yaml"
RULE_FOLDER = "policies/rules"
TIER_RULE = "tier"
LAYOUTS = "policies/layouts"
TRUST_FOLDER = "policies/trust"
RULES_APPROVALS = "policies/approvals"
CODE_APPROVALS = "policies/approvals/code"
WAIVERS = "policies/waivers"
WAIVER_APPROVALS = "policies/approvals/waivers"
ADVISORIES = "policies/advisories/pypi.json"
SCHEMAS = "policies/schemas"
PIPELINE = "pipelines/model.yaml"
LOCK = "requirements.lock"
CODEOWNERS = ".github/CODEOWNERS"
KERNEL = "counterseal"
PIPELINES = "pipelines"

MAIN = "refs/heads/main"
PROMOTIONS = "refs/heads/promotions"
HEAD_FILE = "head.json"

_APPROVAL = re.compile(r"(registry/[^/]+/approvals|policies/approvals(/code|/waivers)?)/[^/]*")


def trust(version: int) -> str:
    """Return the path of a trust version."""
    return f"{TRUST_FOLDER}/{version}.yaml"


def layout(digest: str) -> str:
    """Return the path of the layout whose payload has this digest."""
    return f"{LAYOUTS}/{digest}.json"


def rule(name: str, file: str = "") -> str:
    """Return the folder of a rule, or one of its files."""
    return f"{RULE_FOLDER}/{name}/{file}"


def spec(model: str) -> str:
    """Return the path of a model's spec."""
    return f"{SPECS}/{model}.yaml"


def dataset(name: str, file: str = "dataset.yaml") -> str:
    """Return the path of a dataset's description, or of a file beside it."""
    return f"datasets/{name}/{file}"


def entry(model: str) -> str:
    """Return the path of a model's registry entry."""
    return f"registry/{model}/entry.yaml"


def card(model: str) -> str:
    """Return the path of a model's card."""
    return f"registry/{model}/CARD.md"


def figure(model: str, file: str) -> str:
    """Return the path of one of the card's figures."""
    return f"registry/{model}/{file}"


def model_file(model: str, file: str) -> str:
    """Return the path of one of ``MODEL_FILES``."""
    return f"registry/{model}/model/{file}"


def approvals(model: str) -> str:
    """Return the folder of a model's approvals."""
    return f"registry/{model}/approvals"


def bom(model: str) -> str:
    """Return the path of a model's bill of materials."""
    return f"sbom/{model}.cdx.json"


def link(model: str, step: str) -> str:
    """Return the path of a step's in-toto link."""
    return f"attestations/{model}/{step}.link"


def statement(model: str, step: str) -> str:
    """Return the path of a step's Statement."""
    return f"attestations/{model}/{step}.sigstore.json"


def record(number: int) -> str:
    """Return the path of a promotion record on the branch ``promotions``."""
    return f"records/{number:06d}.json"


def of_model(model: str) -> tuple[str, ...]:
    """Return the files and folders that belong to a model: its spec and everything made from it."""
    return (spec(model), f"registry/{model}", f"attestations/{model}", bom(model), f"sbom/{model}.vex.cdx.json")


def model_of(path: str) -> str | None:
    """Return the model a path belongs to; None for datasets and for paths outside the models' folders."""
    first, _, rest = path.partition("/")
    if first in ("registry", "attestations") and "/" in rest:
        return rest.partition("/")[0]
    if first == SPECS and rest.endswith(".yaml"):
        return rest.removesuffix(".yaml")
    if first == "sbom" and rest.endswith(".cdx.json"):
        return rest.removesuffix(".cdx.json").removesuffix(".vex")
    return None


def is_approval(path: str) -> bool:
    """Say whether a path is a file in one of the folders of approvals; no other folder of that name is one."""
    return _APPROVAL.fullmatch(path) is not None
