"""The small corpora that come with textseq, found wherever it is installed.

In: the name of a file. Out: its path, in the package (a wheel carries `textseq/corpora/`) or in
the `corpora/` beside it (a checkout). Nothing is opened here, and nothing is downloaded.
"""

from __future__ import annotations

from pathlib import Path

CORPUS = "miniworld.txt.gz"
ANALOGIES = "miniworld.analogies.txt"
PAIRS = "miniworld.pairs.tsv"

_FOLDERS = (Path(__file__).parent / "corpora", Path(__file__).parent.parent / "corpora")


def bundled(name: str) -> Path:
    """The path of a bundled file; FileNotFoundError names the two places it could be in."""
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"the bundled file {name} is neither in {_FOLDERS[0]} nor in {_FOLDERS[1]}; "
        "installing textseq again brings it back"
    )
