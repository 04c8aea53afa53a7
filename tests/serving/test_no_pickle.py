"""Nothing in the serving process can load a pickle. Each test asks a fresh, isolated interpreter."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = {"cloudpickle", "dill", "joblib", "numpy", "onnx", "pandas", "scipy", "sklearn", "skops", "pipelines"}


def isolated(code: str) -> Any:
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", start + code], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_the_whole_server_imports_neither_pickle_nor_what_needs_it() -> None:
    modules = isolated(
        "from serving import no_pickle; early = no_pickle.shut()\n"
        "import serving.process, serving.server, json, sys\n"
        "print(json.dumps([early, sorted(sys.modules), type(sys.modules['pickle']).__module__]))"
    )
    early, names, made_by = modules
    assert early == []
    assert made_by == "serving.no_pickle"
    assert not FOREIGN & {name.partition(".")[0] for name in names}


def test_the_kernel_alone_needs_no_pickle() -> None:
    names = isolated("import counterseal.verification.follow, json, sys\nprint(json.dumps(sorted(sys.modules)))")
    assert not {"pickle", "_pickle"} & set(names)


def test_loading_refuses() -> None:
    found = isolated(
        "import pickle, json; data = pickle.dumps([1])\n"
        "from serving import no_pickle; early = no_pickle.shut()\n"
        "refused = []\n"
        "import io, importlib\n"
        "for name in ('pickle', '_pickle'):\n"
        "    module = importlib.import_module(name)\n"
        "    file = io.BytesIO(data)\n"
        "    for call in (lambda: module.loads(data), lambda: module.Unpickler(file), lambda: module.dumps(1)):\n"
        "        try: call()\n"
        "        except no_pickle.PickleRefused as error: refused.append(str(error))\n"
        "print(json.dumps([early, len(refused)]))"
    )
    assert found == [["_pickle", "pickle"], 6]


def test_libraries_that_load_pickles_cannot_be_imported() -> None:
    refused = isolated(
        "from serving import no_pickle; no_pickle.shut(); no_pickle.shut()\n"
        "import importlib, json\n"
        "refused = []\n"
        "for name in sorted(no_pickle.REFUSED):\n"
        "    try: importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error: refused.append('has no place in' in str(error))\n"
        "print(json.dumps([len(no_pickle.REFUSED), refused.count(True)]))"
    )
    assert refused[0] == refused[1] > 5


def test_what_was_imported_before_is_told() -> None:
    found = isolated("import shelve; from serving import no_pickle; import json; print(json.dumps(no_pickle.shut()))")
    assert found == ["_pickle", "pickle", "shelve"]
