"""Pickle runs what it reads; in the serving process it does not exist.

* ``pickle`` becomes a module whose every function refuses. The standard library's ``logging.handlers`` and
  ``multiprocessing`` import the name (uvicorn imports both) and nothing uses it: the name stays, the loader does not.
* Libraries that load pickles, or that a model would need if it were code, cannot be imported at all.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

REFUSED = frozenset(
    ("cloudpickle", "dill", "joblib", "numpy", "onnx", "onnxruntime", "pandas", "scipy", "shelve", "sklearn", "skops")
)
_LOADERS = ("pickle", "_pickle")


class PickleRefused(RuntimeError):  # noqa: N818 (reads as what happened)
    """Something tried to pickle or to unpickle."""


def _refuse(*_: object, **__: object) -> NoReturn:
    msg = "the serving process neither reads nor writes pickles"
    raise PickleRefused(msg)


class _Refusing:
    """Stands for Pickler and Unpickler where a class is needed to derive from."""

    def __init__(self, *_: object, **__: object) -> None:
        _refuse()


class _Gate:
    """The first finder asked about every import."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Refuse the modules named above; leave all others to the usual finders."""
        del path, target
        if name.partition(".")[0] in REFUSED:
            msg = f"{name} has no place in the serving process"
            raise ModuleNotFoundError(msg, name=name)
        return None


def shut() -> tuple[str, ...]:
    """Shut the door; return which of the modules somebody had already imported, empty if it was shut in time."""
    early = tuple(sorted(name for name in (*_LOADERS, *REFUSED) if _is_real(sys.modules.get(name))))
    for name in _LOADERS:
        sys.modules[name] = _stand_in(name)
    if not any(finder is _Gate for finder in sys.meta_path):
        sys.meta_path.insert(0, _Gate)
    return early


def _is_real(module: ModuleType | None) -> bool:
    return module is not None and not isinstance(module, _StandIn)


class _StandIn(ModuleType):
    """A module of that name, and nothing behind it."""


def _stand_in(name: str) -> ModuleType:
    module: Any = _StandIn(name, "Refuses; see serving.no_pickle.")
    module.Pickler = module.Unpickler = _Refusing
    module.dump = module.dumps = module.load = module.loads = _refuse
    module.PickleError = module.PicklingError = module.UnpicklingError = PickleRefused
    module.HIGHEST_PROTOCOL = module.DEFAULT_PROTOCOL = 5
    stand_in: ModuleType = module
    return stand_in
