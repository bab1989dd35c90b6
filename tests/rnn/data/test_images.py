"""Image files: pixels in the right places, and clear words about what is no image."""

from __future__ import annotations

import contextlib
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from textseq.rnn.data.images import ImageShape, image_shape, read_images

Image = pytest.importorskip("PIL.Image")
SHAPE = ImageShape(3, 4, 4)


def one(path: Path, shape: ImageShape = SHAPE) -> np.ndarray:
    (features,) = read_images([path], shape)
    return features.reshape(shape)


def test_pixels_lie_channel_by_channel(tmp_path: Path):
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = one(tmp_path / "a.png")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, pixels.transpose(2, 0, 1) / 255, rtol=1e-6)


def test_all_get_one_size(tmp_path: Path):
    Image.new("RGB", (31, 57), (255, 0, 51)).save(tmp_path / "a.jpg", quality=100)
    found = one(tmp_path / "a.jpg")
    np.testing.assert_allclose(found[:, 0, 0], [1.0, 0.0, 0.2], atol=0.02)
    assert one(tmp_path / "a.jpg", image_shape(9, 1)).shape == (1, 9, 9)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_modes(tmp_path: Path, mode: str):
    suffix = "tif" if mode == "CMYK" else "png"
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)) if mode in ("RGBA", "LA") else None
    if image is None:
        image = Image.new(mode, (4, 4))
    image.convert(mode).save(tmp_path / f"a.{suffix}")
    found = one(tmp_path / f"a.{suffix}")
    assert ((found >= 0) & (found <= 1)).all()
    if mode in ("RGBA", "LA"):
        assert (found == 1).all()  # what is transparent is white


def test_what_is_no_image(tmp_path: Path):
    text = tmp_path / "a.png"
    text.write_text("not a picture", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.png is no image that can be read"):
        one(text)
    text.write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.png is no image"):
        one(text)
    with pytest.raises(FileNotFoundError, match=r"there is no image .*missing\.png"):
        one(tmp_path / "missing.png")
    with pytest.raises(ValueError, match="is no image"):
        one(tmp_path)


def test_a_file_that_is_cut_off(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    whole, cut = tmp_path / "whole.png", tmp_path / "cut.png"
    Image.fromarray(pixels).save(whole)
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(ValueError, match=r"cut\.png is no image that can be read"):
        one(cut)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Image.new("L", (40, 40)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValueError, match=r"a\.png is no image that can be read: Image size"):
        one(tmp_path / "a.png")


def test_without_pillow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[image\]"'):
        one(tmp_path / "a.png")


@pytest.mark.parametrize(("size", "channels"), [(0, 3), (8, 2)])
def test_no_such_shape(size: int, channels: int):
    with pytest.raises(ValueError, match="1 or 3 channels"):
        image_shape(size, channels)


@pytest.mark.parametrize(("mode", "side"), [("RGB", 7_100), ("RGBA", 3_700), ("P", 3_700)])
def test_a_small_file_of_many_pixels(tmp_path: Path, mode: str, side: int):
    """What its pixels take follows from its size; Pillow's own limit is 89 million."""
    Image.new(mode, (side, side)).save(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size < 1_000_000
    with pytest.raises(ValueError, match=rf"a\.png is no image that can be read: {side} x {side}"):
        list(read_images([tmp_path / "a.png"], image_shape(4)))
    Image.new(mode, (side // 2, side // 2)).save(tmp_path / "b.png")
    assert len(list(read_images([tmp_path / "b.png"], image_shape(4)))) == 1


def test_a_chunk_that_claims_gigabytes(tmp_path: Path):
    """Whatever Pillow makes of it, there is no room made for what is not in the file."""
    Image.new("RGB", (9, 9), "red").save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    at = data.index(b"IDAT") - 4
    (tmp_path / "b.png").write_bytes(data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :])
    tracemalloc.start()
    with contextlib.suppress(ValueError):
        list(read_images([tmp_path / "b.png"], image_shape(4)))
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()
