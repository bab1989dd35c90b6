from pathlib import Path

import pytest

from textseq import bundled as module
from textseq.bundled import (
    ANALOGIES,
    CORPUS,
    PAIRS,
    REVIEWS,
    SCENES,
    SPANS,
    SPLITS,
    TAGGED,
    TRANSLATION,
    bundled,
)

TASKS = [
    name.format(split)
    for name in (REVIEWS, TAGGED, SPANS, *TRANSLATION, SCENES)
    for split in SPLITS
]


@pytest.mark.parametrize("name", [CORPUS, ANALOGIES, PAIRS, *TASKS])
def test_bundled_files_are_there(name: str):
    assert bundled(name).is_file()


def test_the_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folders = tmp_path / "package", tmp_path / "checkout"
    monkeypatch.setattr(module, "_FOLDERS", folders)
    with pytest.raises(FileNotFoundError) as failure:
        bundled("a.txt")
    assert all(str(folder) in str(failure.value) for folder in folders)
    for folder in reversed(folders):
        folder.mkdir()
        (folder / "a.txt").touch()
        assert bundled("a.txt") == folder / "a.txt"
