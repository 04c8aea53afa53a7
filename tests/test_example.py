"""The shipped example: promoted, provable from the tree alone, and still so when nobody touched it for ten years."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.documents.trust import Roots
from counterseal.values.finding import Refused
from counterseal.verification.follow import Served, follow
from counterseal.verification.git import Git
from scripts.example import MODELS
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.repository.repository import EXAMPLE_ROOTS

ROOT = Path(__file__).parents[1]
#: The day the example was made, whenever it is looked at.
NOW = Advisories.read_json((ROOT / places.ADVISORIES).read_bytes(), places.ADVISORIES).spec.retrieved + timedelta(
    days=1
)


@pytest.fixture
def git() -> Git:
    return Git(ROOT)


@pytest.fixture
def roots() -> Roots:
    return Roots.read((ROOT / EXAMPLE_ROOTS).read_bytes(), EXAMPLE_ROOTS)


def committed(git: Git) -> str:
    commit = git.resolve("HEAD")
    assert commit
    return commit


@pytest.mark.parametrize("years", [0, 10])
def test_the_example_verifies(git: Git, roots: Roots, years: int) -> None:
    snapshot = follow(git, roots, committed(git), None, NOW + timedelta(days=366 * years))
    assert sorted(snapshot.models) == sorted(MODELS)
    assert all(isinstance(found, Served) for found in snapshot.models.values())
    assert [finding.code for finding in snapshot.warnings] == (["TRUST_EXPIRED"] if years else [])
    assert snapshot.unchecked


def test_a_changed_byte_of_the_example_is_refused(git: Git, roots: Roots, tmp_path: Path) -> None:
    git.run("clone", "--quiet", "--shared", "--bare", str(ROOT), str(tmp_path / "copy"))
    copy = Git(tmp_path / "copy")
    path = places.model_file(MODELS[0], "model.json")
    head = committed(git)
    tree = write_tree(copy, head, {path: (ROOT / path).read_bytes() + b" "})
    commit = write_commit(copy, tree, [head], "tampered\n", Committer("mallory", "m@localhost"))
    found = follow(copy, roots, commit, None, NOW).models[MODELS[0]]
    assert not isinstance(found, Served)
    assert found.findings[0].code == "DIGEST"


def test_other_root_keys_prove_nothing(git: Git, roots: Roots) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"7" * 32).public_key()
    nobody = other.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    spec = roots.spec.model_copy(update={"keys": dict.fromkeys(roots.spec.keys, (nobody,))})
    with pytest.raises(Refused) as refusal:
        follow(git, Roots.of("roots", spec), committed(git), None, NOW)
    assert refusal.value.code == "TRUST_THRESHOLD"
