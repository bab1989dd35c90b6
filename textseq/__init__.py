"""textseq: from raw text to word vectors to sequence models, on one path.

The public names, grouped, stand in `__init__.pyi`, where type checkers read them too. Each is
imported on first use (PEP 562), so that `import textseq` costs nothing and `textseq --help` never
waits for what it does not need.
"""

from __future__ import annotations

import importlib as _importlib
import re as _re
from pathlib import Path as _Path

__version__ = "0.1.0"

_HOMES = dict(
    reversed(found)
    for found in _re.findall(
        r"^from (\S+) import (\w+) as \2$",
        _Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"),
        _re.MULTILINE,
    )
)
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'textseq' has no attribute {name!r}")
    value = globals()[name] = getattr(_importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
