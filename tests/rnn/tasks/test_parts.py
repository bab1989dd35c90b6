"""The parts of a training in Python: what the commands that train read."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from textseq.config import RECIPES, find_recipe
from textseq.config.tasks import PIPELINES, TASKS
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.model import find_model
from textseq.rnn.tasks.parts import PartFiles
from textseq.rnn.tasks.table import find_pipeline
from textseq.text.notices import TextNotice


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_model_and_a_pipeline(task: str):
    assert TASKS.keys() == PIPELINES.keys()
    assert find_model(task).task == task
    assert find_pipeline(task).__name__ == PIPELINES[task].rpartition(":")[2]


@pytest.mark.parametrize("task", RECIPES)
def test_each_recipe_has_a_command(task: str):
    from textseq.cli.app import COMMANDS
    from textseq.cli.folders import TRAINED

    name = TRAINED[list(RECIPES).index(task)]
    module = importlib.import_module(f"textseq.cli.{COMMANDS[f'train-{name}']}")
    assert callable(getattr(module, f"train_{name}"))


@pytest.fixture
def table(tmp_path: Path) -> str:
    rows = [f"word{n} film\t{'good' if n % 2 else 'bad'}\n" for n in range(40)]
    path = tmp_path / "a.tsv"
    path.write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    return str(path)


def test_a_share_is_cut_off(table: str):
    recipe = find_recipe("classifier").replace(valid_share=0.25, min_count=1)
    parts = find_pipeline("classifier").read_parts(PartFiles([table]), recipe)
    assert (len(parts.train), len(parts.valid), parts.test) == (30, 10, None)
    assert parts.scored == (parts.valid, "validation")
    assert {key: parts.columns[key] for key in ("header", "text", "label")} == {
        "header": True, "text": "text", "label": "label",
    }  # fmt: skip


def test_data_of_its_own_is_read_under_the_vocab_of_the_first(table: str):
    recipe = find_recipe("classifier").replace(min_count=1)
    files = PartFiles([table], valid=[table], test=[table])
    parts = find_pipeline("echo-classifier").read_parts(files, recipe)
    assert len(parts.train) == len(parts.valid) == 40
    assert parts.scored[1] == "test"
    assert parts.valid.vocab is parts.train.vocab


def test_files_without_examples_are_named_by_their_argument(table: str, tmp_path: Path):
    (tmp_path / "b.tsv").write_text("text\tlabel\n")
    files = PartFiles([table], test=[str(tmp_path / "b.tsv")])
    with pytest.raises(ValueError, match=r"no examples in .*b\.tsv, which test names"):
        find_pipeline("classifier").read_parts(files, find_recipe("classifier"))


def test_pairs_that_nothing_is_learnt_from(tmp_path: Path):
    for name in ("a.de", "a.en"):
        (tmp_path / name).write_text("one two\n" * 3 + "\n" + "one " * 9 + "\n")
    names = [str(tmp_path / name) for name in ("a.de", "a.en")]
    recipe = find_recipe("translator").replace(tokenizer="word", min_count=1, max_length=4)
    with pytest.warns(TextNotice, match="left out: 2 pairs, empty or of more than 4 tokens"):
        parts = find_pipeline("translator").read_parts(PartFiles(names, valid=names), recipe)
    assert (len(parts.train), len(parts.valid)) == (3, 5)


def test_text_needs_a_folder(tmp_path: Path):
    (tmp_path / "a.txt").write_text("so it goes on\n" * 20)
    pipeline, recipe = find_pipeline("language-model"), find_recipe("language-model")
    files = PartFiles([str(tmp_path / "a.txt")])
    with pytest.raises(ValueError, match="encoded into a folder, and none was given"):
        pipeline.read_parts(files, recipe)
    (tmp_path / "work").mkdir()
    files = files._replace(folder=tmp_path / "work")
    parts = pipeline.read_parts(files, recipe.replace(valid_share=0.25))
    assert (len(parts.train), len(parts.valid)) == (15, 5)
    one = PartFiles([str(tmp_path / "b.txt")], folder=tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "b.txt").write_text("one\n")
    with pytest.raises(ValueError, match="data of its own with valid, or more lines"):
        pipeline.read_parts(one, recipe.replace(min_count=1))


def test_bundled_files():
    (reviews,) = find_pipeline("classifier").bundled
    files = PartFiles.bundled([reviews])
    assert [Path(name).name for name in (*files.train, *files.valid, *files.test)] == [
        "reviews.train.tsv.gz", "reviews.valid.tsv.gz", "reviews.heldout.tsv.gz",
    ]  # fmt: skip


def test_class_weights_of_the_recipe(table: str):
    recipe = find_recipe("classifier").replace(
        hidden=2, dim=2, min_count=1, class_weights={"good": 2, "bad": 1}
    )
    parts = find_pipeline("classifier").read_parts(PartFiles([table]), recipe)
    assert Classifier.for_dataset(parts.train, recipe).options["class_weights"] == [1.0, 2.0]
    # Those that are given win.
    model = Classifier.for_dataset(parts.train, recipe, class_weights=[3.0, 4.0])
    assert model.options["class_weights"] == [3.0, 4.0]
    with pytest.raises(ValueError, match="class_weights has no weight for 'bad'; the labels are"):
        Classifier.for_dataset(parts.train, recipe.replace(class_weights={"good": 2}))
