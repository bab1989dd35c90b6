"""Text options in a folder: they come back whole, and name no file outside of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.text.text_options import load_text_options, save_text_options


def test_options_come_back(tmp_path: Path):
    text = TextConfig(clean=("nfkc", "html"), lowercase=True, min_count=3, unit="file")
    options = json.loads(json.dumps(save_text_options(tmp_path, text)))
    assert load_text_options(tmp_path, options) == text
    assert list(tmp_path.iterdir()) == []


def test_a_tokenizer_travels_along(tmp_path: Path):
    file = tmp_path / "my.json"
    file.write_text("{}")
    folder = tmp_path / "folder"
    folder.mkdir()
    text = TextConfig(tokenizer="bpe", tokenizer_file=str(file))
    options = save_text_options(folder, text)
    assert options["tokenizer_file"] == "tokenizer.json"
    file.unlink()
    loaded = load_text_options(folder, options)
    assert loaded == text.replace(tokenizer_file=str(folder / "tokenizer.json"))
    assert Path(str(loaded.tokenizer_file)).read_text() == "{}"
    moved = folder.rename(tmp_path / "moved")
    assert load_text_options(moved, options).tokenizer_file == str(moved / "tokenizer.json")
    assert save_text_options(moved, load_text_options(moved, options)) == options  # onto itself
    (moved / "tokenizer.json").unlink()
    with pytest.raises(ValueError, match=r"moved is damaged: it has no tokenizer\.json"):
        load_text_options(moved, options)


@pytest.mark.parametrize("file", ["/etc/passwd", "../tokenizer.json", "other.json", 3])
def test_a_folder_names_no_other_file(file: object, tmp_path: Path):
    options = TextConfig().to_json() | {"tokenizer": "bpe", "tokenizer_file": file}
    with pytest.raises(ValueError, match="its config names the tokenizer file"):
        load_text_options(tmp_path, options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("x", "its text options are 'x', no object"),
        (None, "its text options are None"),
        ([], "its text options are "),
        ({"clean": ["nfc", "wash"]}, "no cleaning step 'wash'"),
        ({"encoding": "utf-9"}, "unknown encoding: utf-9"),
        ({"min_count": 0}, "min_count is 0; the least that works is 1"),
        ({"tokenizer": "json"}, "it needs tokenizer_file"),
    ],
)
def test_options_that_are_none_name_the_folder(tmp_path: Path, options: object, message: str):
    with pytest.raises(ValueError, match=message) as caught:
        load_text_options(tmp_path, options)
    assert str(caught.value).startswith(f"{tmp_path / 'config.json'} is damaged: ")
