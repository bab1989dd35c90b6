"""The small corpora that come with textseq, found wherever it is installed.

In: the name of a file. Out: its path, in the package (a wheel carries `textseq/corpora/`) or in
the `corpora/` beside it (a checkout). Nothing is opened here, and nothing is downloaded.
`corpora/README.md` says what is in each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

CORPUS = "miniworld.txt.gz"
ANALOGIES = "miniworld.analogies.txt"
PAIRS = "miniworld.pairs.tsv"

# The data of the sequence models, three files of each: `bundled(REVIEWS.format("train"))`.
REVIEWS = "reviews.{}.tsv.gz"  # columns text and label (good, bad)
TAGGED = "tagged.{}.conllu.gz"  # universal parts of speech
SPANS = "spans.{}.tsv.gz"  # token, tab, BIO tag of a person, a place or an organisation
TRANSLATION = ("pairs.{}.en.gz", "pairs.{}.xx.gz")  # English, and a made-up language
SCENES = "scenes.{}.csv.gz"  # SCENE_FEATURES and the column caption

Split = Literal["train", "valid", "heldout"]
SPLITS: tuple[Split, ...] = ("train", "valid", "heldout")
# Of two things in a picture, the first and the second; see corpora/tasks_scenes.py.
SCENE_FEATURES = tuple(
    f"{name}{number}" for number in (1, 2) for name in ("corners", "size", "r", "g", "b", "x", "y")
)

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
