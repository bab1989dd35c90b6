"""`train-captioner` from tables, arrays, images and nothing; what it prints, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.rnn.data.images import ImageShape
from textseq.rnn.models.captioner import Captioner

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "2", "--threads", "1", "--min-count", "1"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "colors.csv"
    rows = [f"{n},{40 - n},1,{'dark' if n < 20 else 'light'} {n}\n" for n in range(40)]
    path.write_text("r,g,b,name\n" + "".join(rows))
    return path


def test_a_header_where_columns_are_numbers(run: Run, tmp_path: Path):
    rows = [f"{n},{n % 3 + 5},colour {n % 3}" for n in range(3, 23)]
    (tmp_path / "with.csv").write_text("\n".join(["r,g,name", *rows]) + "\n")
    (tmp_path / "without.csv").write_text("\n".join(rows) + "\n")
    found = []
    for name, options in (
        ("with.csv", ["--caption", "name"]),
        ("with.csv", ["--caption", "-1", "--features", "r,g"]),
        ("with.csv", ["--caption", "2", "--features", "0,1", "--header"]),
        ("without.csv", ["--caption", "-1", "--no-header"]),
        ("without.csv", ["--caption", "-1", "--features", "0,1"]),
        ("without.csv", ["--caption", "2", "--features", "0,1", "--no-header"]),
    ):
        result = run("train-captioner", name, *options, *TINY, "--out", "m", "--force", "--json")
        assert result.status == 0, result.err
        written = run("predict", name, "-m", "m").out
        assert written.count("\n") == 20, (name, options)
        assert run("evaluate", name, "-m", "m", "--json").status == 0
        found.append((result.out, written))
    assert all(one == found[0] for one in found)
    result = run("train-captioner", "with.csv", "--caption", "2", "--features", "0,1", *TINY)
    assert "the feature 0 is 'r'; features are finite numbers" in result.message


def test_from_a_table(run: Run, table: Path, tmp_path: Path):
    result = run("train-captioner", table, "--caption", "name", *TINY, "--out", "model")
    assert result.status == 0, result.err
    assert "epoch 2/2" in result.err
    assert f"next: textseq predict {table} --model model" in result.err
    assert result.out.startswith("4 rows (validation), beam 5")
    model = Captioner.load(tmp_path / "model")
    columns = {"caption": "name", "features": ["r", "g", "b"], "header": True}
    assert model.info["columns"].items() >= columns.items()
    assert not model.rnn.bidirectional or model.encoder.n_features == 3

    (tmp_path / "new.csv").write_text("b,other,g,r\n1,x,3,4\n1,x,5,6\n")
    result = run("predict", "new.csv", "--model", "model")
    assert result.status == 0, result.err
    assert result.out.count("\n") == 2
    result = run("predict", "new.csv", "--model", "model", "--features", "g,r")
    assert result.status == 1
    assert "row 0 has 2 features; this model takes 3" in result.message
    result = run("evaluate", table, "--model", "model", "--json")
    assert result.status == 0, result.err
    assert json.loads(result.out)["n"] == 40
    (tmp_path / "new.csv").write_text("r,g,b\n1,nan,2\n")
    result = run("predict", "new.csv", "--model", "model")
    assert result.status == 1
    assert "row 1: the feature 'g' is 'nan'; features are finite numbers" in result.message


def test_the_length_penalty_of_scores(run: Run, table: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[int, float]] = []
    search = Captioner.search

    def watched(self: Captioner, batch: Any, **options: Any) -> Any:
        seen.append((options["beam"], options["length_penalty"]))
        return search(self, batch, **options)

    monkeypatch.setattr(Captioner, "search", watched)
    options = ["--caption", "name", "--beam", "3", "--length-penalty", "0.5", "--json", "--quiet"]
    result = run("train-captioner", table, *options, *TINY)
    assert json.loads(result.out)["length_penalty"] == 0.5
    assert set(seen) == {(3, 0.5)}
    result = run("train-captioner", table, "--length-penalty", "inf")
    assert result.status == 2
    assert "--length-penalty is inf" in result.message


def test_an_array_with_a_text(run: Run, tmp_path: Path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((30, 4)), allow_pickle=False)
    (tmp_path / "a.txt").write_text("a b\nb c\nc\n" * 10)
    result = run("train-captioner", "a.npy", "a.txt", *TINY, "-o", "m", "--pixels", "1x2x2")
    assert result.status == 0, result.err
    assert Captioner.load(tmp_path / "m").image == ImageShape(1, 2, 2)
    result = run("predict", "a.npy", "--model", "m")
    assert result.status == 0, result.err
    assert result.out.count("\n") == 30


def test_images(run: Run, tmp_path: Path):
    image_module = pytest.importorskip("PIL.Image")
    rows = []
    for number in range(20):
        name = "red" if number % 2 else "blue"
        color = (200 + number, 0, 0) if number % 2 else (0, 0, 200 + number)
        image_module.new("RGB", (10, 12), color).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{name}\n")
    (tmp_path / "photos.csv").write_text("file,text\n" + "".join(rows))
    options = ["--images", "file", "--caption", "text", "--image-size", "8", "--grey"]
    result = run("train-captioner", "photos.csv", *options, *TINY, "-o", "m", "--quiet", "--json")
    assert (result.status, result.err) == (0, "")
    model = Captioner.load(tmp_path / "m")
    assert model.image == ImageShape(1, 8, 8)
    result = run("predict", "3.png", "4.png", "--model", "m")
    assert result.status == 0, result.err
    assert result.out.count("\n") == 2
    result = run("predict", "photos.csv", "--model", "m")
    assert result.out.count("\n") == 20
    (tmp_path / "no.png").write_text("text")
    result = run("predict", "no.png", "--model", "m")
    assert result.status == 1
    assert "no.png is no image that can be read" in result.message


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["colors.csv", "--caption", "title"], 1, "no column 'title'"),
        (["colors.csv", "--caption", "name", "--features", "r,x"], 1, "no column is called 'x'"),
        (["colors.csv", "--caption", "r", "--features", "name"], 1, "the feature 'name' is 'dark"),
        (["colors.csv", "--caption", "name", "--pixels", "8x8"], 2, "--pixels is '8x8'; channels"),
        (["colors.csv", "--caption", "name", "--pixels", "1x8x8"], 1, "3 features for images of"),
        (["colors.csv", "--images", "name", "--features", "r"], 2, "--images takes the place"),
        (["--features", "r"], 2, "without FILES the bundled scenes are read"),
        (["missing.csv"], 1, "there is no file or folder 'missing.csv'"),
        (["colors.csv", "--caption", "name", "--valid-share", "0"], 2, "--valid-share is 0"),
    ],
)
def test_wrong_uses(run: Run, table: Path, options: list[str], status: int, message: str):
    result = run("train-captioner", *options, *TINY)
    assert result.status == status, result.err
    assert message in result.message


def test_a_ragged_table(run: Run, table: Path):
    with table.open("a") as file:
        file.write("1,2\n")
    result = run("train-captioner", table, "--caption", "name", *TINY)
    assert result.status == 1
    assert "line 42: 2 cells" in result.message


def test_empty_captions_are_told(run: Run, table: Path, tmp_path: Path):
    table.write_text(table.read_text() + "1,2,3,\n4,5,6,\n")
    result = run("train-captioner", table, "--caption", "name", *TINY, "-o", "m", "-q")
    assert result.status == 0, result.err
    assert f"{table}: 2 captions are empty or null; the first: row 41" in result.err
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((30, 4)), allow_pickle=False)
    (tmp_path / "a.txt").write_text("a b\nb c\n\n" + "a b\nb c\nc\n" * 9)
    result = run("train-captioner", "a.npy", "a.txt", *TINY, "-o", "n", "-q")
    assert "1 caption is empty or null; the first: row 3" in result.err
