"""Attacks inside files: other bytes, too many bytes, bytes that run, and bytes that two readers read differently."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import Statement
from counterseal.values import strict_json, strict_yaml
from pipelines.data.csv_file import CsvFile
from pipelines.data.material import Data
from pipelines.data.parquet_file import ParquetFile
from tests.attacks.forging import NEXT, beside, forged, landed, odd_commit
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.attack import Attack
    from tests.attacks.follower import Follower
    from tests.support.world import World

MODEL_JSON = places.model_file(MODEL, "model.json")
APPROVAL = f"{places.approvals(MODEL)}/alice.yaml"
ROOT = Path(__file__).parents[2]


def pushed(world: World, files: dict[str, bytes | None], by: str | None = "dora") -> None:
    """Push what is on the honest branch, and these files, at the gate."""
    acts.merge(world, beside(world, files, by=by))


def test_01_arbitrary_model(attack: Attack, ready: World, follower: Callable[..., Follower]) -> None:
    server = follower(ready)
    other = ready.read(MODEL_JSON, NEXT).replace(b'"threshold": 0.5', b'"threshold": 0.1')
    with attack.refused("DIGEST"):
        pushed(ready, {MODEL_JSON: other})
    with attack.refused("SUBJECT_DIGEST"):
        pushed(ready, forged(ready, {MODEL_JSON: other}))
    ready.force(beside(ready, {MODEL_JSON: other}), by="alice")
    server.poll()
    assert server.version(MODEL) == 1
    attack.control(server.http.post("/predict", json={"rows": [golden(server)]}).status_code == 200)


def golden(server: Follower) -> dict[str, Any]:
    """Return a row that the model answers."""
    return dict(server.service.table.route(MODEL).served.golden.spec.rows[0].row)


def test_06_endless_data(attack: Attack, ready: World) -> None:
    signature = ready.read(APPROVAL, NEXT)
    body, mark, _ = signature.partition(b"signatures:\n")
    deep = b"".join(b" " * depth + b"a:\n" for depth in range(1, 60))
    laughs = b"  a: &a ['lol','lol']\n  b: [*a,*a]\n"
    for data, code in (
        (body + b"#" * strict_yaml.MAX_BYTES + b"\n" + mark, "YAML_TOO_LARGE"),
        (body + mark + deep, "YAML_TOO_DEEP"),
        (body + mark + laughs, "YAML_ANCHOR"),
    ):
        with attack.refused(code):
            pushed(ready, {APPROVAL: data}, by=None)
    statement = places.statement(MODEL, "evaluate")
    for data, code in (
        (b"[" * 100_000, "JSON_TOO_DEEP"),
        (b" " * (strict_json.MAX_BYTES + 1), "JSON_TOO_LARGE"),
    ):
        with attack.refused(code):
            pushed(ready, forged(ready, {statement: data}), by=None)
    attack.control(landed(ready))


def test_28_pickle(attack: Attack, ready: World) -> None:
    bomb = pickle.dumps(Path("bomb"))
    with attack.refused("NOT_EXACT_SET"):
        pushed(ready, forged(ready, {f"registry/{MODEL}/model/model.pkl": bomb}))
    with attack.refused("SUBJECT_DIGEST"):
        pushed(ready, forged(ready, {MODEL_JSON: bomb}))
    with attack.refused("JSON_NOT_UTF8"):
        PortableModel.read(bomb, MODEL_JSON)
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from serving import no_pickle; no_pickle.shut()\n"
        "import serving.server, pickle\n"
        "try: pickle.loads(b'')\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    attack.found(done.stdout.strip())
    attack.control(landed(ready))


def test_29_safe_format_exploited(attack: Attack, ready: World) -> None:
    value = strict_json.loads(ready.read(MODEL_JSON), MODEL_JSON)

    def bent(*path: Any, to: Any) -> bytes:
        copy = strict_json.loads(strict_json.canonical(value), "copy")
        part = copy
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = to
        return strict_json.canonical(copy)

    (score,) = value["predictor"]["scores"]
    terms = ("predictor", "scores", 0, "terms")
    linear = next(place for place, term in enumerate(score["terms"]) if term["kind"] == "linear")
    for data in (
        bent(*terms, linear, "input", to="no_such_input"),
        bent(*terms, linear, "scale", to=0),
        bent(*terms, linear, "weight", to=1.7e308),
        bent(*terms, linear, "kind", to="tree"),
        bent("threshold", to=1),
        bent("inputs", to=value["inputs"] * 2),
    ):
        with attack.refused("INVALID_VALUE"):
            PortableModel.read(data, MODEL_JSON)
    with attack.refused("UNKNOWN_FIELD"):
        PortableModel.read(bent("__reduce__", to="os.system"), MODEL_JSON)
    with attack.refused("JSON_AMBIGUOUS"):
        PortableModel.read(
            ready.read(MODEL_JSON).replace(b'"intercept": ', b'"intercept": 1e999, "x": ', 1), MODEL_JSON
        )
    attack.control(PortableModel.read(bent("threshold", to=0.5), MODEL_JSON))
    for predictor in (*bad_trees(value), averages(6, of=[value["predictor"]])):
        with attack.refused("INVALID_VALUE"):
            PortableModel.read(bent("predictor", to=predictor), MODEL_JSON)
    with attack.refused("JSON_AMBIGUOUS"):
        PortableModel.read(
            bent("predictor", to=trees(value, {"threshold": [0.25]})).replace(b"0.25", b"NaN"), MODEL_JSON
        )
    with attack.refused("JSON_TOO_DEEP"):
        PortableModel.read(bent("predictor", to=averages(40, of=[value["predictor"]])), MODEL_JSON)
    with attack.refused("JSON_TOO_LARGE"):
        PortableModel.read(bent("predictor", to=trees(value, {})) + b" " * strict_json.MAX_BYTES, MODEL_JSON)
    attack.control(PortableModel.read(bent("predictor", to=trees(value, {})), MODEL_JSON))


def bad_trees(model: Any) -> list[Any]:
    """Return trees too deep, with a circle, a way back, a diamond, a child outside, and too wide."""
    deep = {
        "feature": [0] * 65 + [-1] * 66,
        "threshold": [0] * 65,
        "left": [*range(1, 65), 65],
        "right": list(range(66, 131)),
        "value": [0] * 66,
    }
    circle = {"left": [0]}
    back = {"feature": [0, -1, 0], "threshold": [0, 0], "left": [1, 0], "right": [2, 1], "value": [0]}
    diamond = {"feature": [0, 0, -1], "threshold": [0, 0], "left": [1, 2], "right": [1, 2], "value": [0]}
    outside = {"left": [3]}
    wide = {"feature": [-1] * 250_001, "threshold": [], "left": [], "right": [], "value": [0] * 250_001}
    return [trees(model, tree) for tree in (deep, circle, back, diamond, outside, wide, {"feature": [9, -1, -1]})]


def trees(model: Any, *changes: Any) -> Any:
    """Return stumps over a model's first number, each changed."""
    name = next(item["name"] for item in model["inputs"] if item["type"] != "category")
    column = {"kind": "number", "input": name, "impute": 0, "center": 0, "scale": 1}
    stump = {"feature": [0, -1, -1], "threshold": [0], "left": [1], "right": [2], "value": [0.25, 0.5]}
    kind = {"kind": "trees", "columns": [column], "cast": "float32", "base": [0], "aggregate": "mean"}
    return kind | {"link": "identity", "trees": [stump | change for change in changes]}


def averages(depth: int, of: list[Any]) -> Any:
    """Return averages inside averages."""
    for _ in range(depth):
        of = [{"kind": "average", "members": of, "weights": [1 / len(of)] * len(of)}]
    return of[0]


def test_30_swapped_after_the_check(attack: Attack, ready: World) -> None:
    target = ready.git.run("hash-object", "-w", "--stdin", data=b"/etc/passwd")
    with attack.refused("FILE_MODE"):
        acts.merge(ready, odd_commit(ready, "120000", target, MODEL_JSON))
    for path in (f"registry/{MODEL}/..\\model.json", f"registry/{MODEL}/-rf", f"registry/{MODEL}/model json"):
        with attack.refused("PATH_CHARACTERS"):
            pushed(ready, {path: b"x"})
    described = acts.loans()[places.dataset("loans")]
    with attack.refused("INVALID_VALUE"):
        Dataset.read(described.replace(b"file: loans.csv", b"file: ../../etc/passwd"), "dataset.yaml")
    attack.control(landed(ready))


def test_31_unsigned_extra_files(attack: Attack, ready: World) -> None:
    for path in (f"registry/{MODEL}/extra.bin", f"attestations/{MODEL}/later.link", f"registry/{MODEL}/.gitattributes"):
        unnamed: dict[str, bytes | None] = {path: b"x"}
        for files in (unnamed, forged(ready, {path: b"x"})):
            with attack.refused("NOT_EXACT_SET"):
                pushed(ready, files, by=None)
    attack.control(landed(ready))


def test_32_hash_collision(attack: Attack, ready: World) -> None:
    entry = places.entry(MODEL)
    text = ready.read(entry, NEXT)
    start = text.index(b"run: ") + len(b"run: ")
    with attack.refused("INVALID_VALUE"):
        pushed(ready, {entry: text[:start] + b"'" + b"0" * 40 + b"'" + text[start + 64 :]}, by=None)
    subject = {"name": MODEL_JSON, "digest": {"md5": "0" * 32}}
    plain = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "urn:x",
        "predicate": {},
    }
    with attack.refused("UNKNOWN_FIELD"):
        Statement.parse(plain, "statement")
    attack.control(Statement.parse({**plain, "subject": [{**subject, "digest": {"sha256": "0" * 64}}]}, "statement"))


def test_45_two_meanings(attack: Attack, ready: World) -> None:
    text = acts.spec_of(1)
    for old, new, code in (
        (b"  version: 1\n", b"  version: 1\n  version: 2\n", "YAML_DUPLICATE_KEY"),
        (b"  version: 1\n", b"  version: &v 1\n", "YAML_ANCHOR"),
        (b"  version: 1\n", b"  version: !!int 1\n", "YAML_TAG"),
        (b"  version: 1\n", b"  version: 0o7\n", "INVALID_VALUE"),
        (b"  version: 1\n", b"  version: .NaN\n", "YAML_AMBIGUOUS"),
        (b"  version: 1\n", b"  <<: {version: 1}\n", "YAML_KEY"),
        (b"  version: 1\n", b"  version: 1\n---\n", "YAML_MANY_DOCUMENTS"),
        (b"  version: 1\n", b"  version: 1\r", "YAML_LINE_BREAK"),
        (b"name: german-credit", "name: g\u0435rman-credit".encode(), "INVALID_VALUE"),  # a Cyrillic letter
    ):
        with attack.refused(code):
            ModelSpec.read(text.replace(old, new, 1), "spec.yaml")
    statement = places.statement(MODEL, "evaluate")
    twice = ready.read(statement, NEXT).replace(b"{", b'{"mediaType": "x", ', 1)
    with attack.refused("JSON_AMBIGUOUS"):
        pushed(ready, forged(ready, {statement: twice}), by=None)
    attack.control(ModelSpec.read(text, "spec.yaml"))


def test_46_git_tricks(attack: Attack, ready: World) -> None:
    with attack.refused("FILE_MODE"):
        acts.merge(ready, odd_commit(ready, "160000", ready.main, f"registry/{MODEL}/model/sub"))
    with attack.refused("CASE_COLLISION"):
        pushed(ready, {f"registry/{MODEL}/Entry.yaml": b"x"})
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 1\n" % (b"0" * 64)
    with attack.refused("SUBJECT_DIGEST"):
        pushed(ready, forged(ready, {MODEL_JSON: pointer}))
    with attack.refused("UNKNOWN_PATH"):
        pushed(ready, {"registry/.gitattributes": b"* filter=evil\n"})
    attack.control(landed(ready))


def test_59_lying_data(attack: Attack, tmp_path: Path) -> None:
    """What a data file says of itself is proved or refused before it is believed."""
    honest = io.BytesIO()
    pl.DataFrame({"n": range(1000)}).write_parquet(honest, row_group_size=500, statistics=False)
    rows, data = b"\xd0\x0f", honest.getvalue()  # 1000, as Thrift writes it
    place = data.rindex(rows)
    attack.control(ParquetFile(Data.of(data), "rows").footer.groups == (500, 500))
    for count in (b"\xd2\x0f", b"\xce\x0f", b"\xd1\x0f"):
        with attack.refused("DATA_FOOTER"):
            ParquetFile(Data.of(data[:place] + count + data[place + 2 :]), "rows")
    (tmp_path / "rows").write_bytes(data)
    with _Growing(tmp_path / "rows") as source, attack.refused("DATA_CHANGED"):
        Data.copied(source, "rows")
    for text, code in TWO_WAYS.items():
        with attack.refused(code):
            list(CsvFile(Data.of(text), "rows").frames(["a"]))


class _Growing(io.FileIO):
    """A file that somebody writes to whenever it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(-1 if size is None else size)
        if block:
            with Path(str(self.name)).open("ab") as file:
                file.write(b"more")
        return block if len(block) > len(b"more") else b""


TWO_WAYS = {
    b'a,b\n1,"2\n3,4"\n': "DATA_QUOTES",
    b"a,b\n1,2,3\n": "RAGGED_ROW",
    b"a,b\n1,2\r3,4\n": "DATA_CONTROL_CHARACTER",
    b"a,b\n1,\xe9\n": "DATA_NOT_UTF8",
}
