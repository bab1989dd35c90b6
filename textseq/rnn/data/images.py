"""Images: picture files as features for a captioner.

In: files that Pillow reads. Out: their pixels as floats 0..1, all of one size, in the order of
ImageShape. Pillow is an extra of its own (`pip install "textseq[image]"`). Nothing is learnt here.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.extras import comes_with

MODES = {1: "L", 3: "RGB"}
_TRANSPARENT = ("RGBA", "LA", "PA", "P")
# Bytes that a pixel takes while an image is read: as it is, in another mode, laid on a ground.
_PIXEL_BYTES, _TURNED_BYTES, _LAID_BYTES = 4, 8, 24
_ROOM_BYTES = (
    200_000_000  # beside ten times the file: a photograph, but no plain field that is vast
)


class ImageShape(NamedTuple):
    """How the pixels of an image lie in its features: channel by channel, row by row."""

    channels: int
    height: int
    width: int

    @property
    def n_features(self) -> int:
        """Numbers in an image."""
        return self.channels * self.height * self.width


def image_shape(size: int, channels: int = 3) -> ImageShape:
    """A square image; ValueError for other channels than 1 (grey) and 3 (colour)."""
    if channels not in MODES or size < 1:
        raise ValueError(f"images have 1 or 3 channels and a size of 1 or more: {channels}, {size}")
    return ImageShape(channels, size, size)


def read_images(
    paths: Iterable[str | os.PathLike[str]], shape: ImageShape
) -> Iterator[NDArray[np.float32]]:
    """The features (D,) of each image file, squeezed to the size; transparent parts are white.

    FileNotFoundError for a missing file, ValueError, with its name, for one that is no image or
    is cut off.
    """
    image_module = _pillow()
    for path in paths:
        yield _read_image(image_module, path, shape)


def _read_image(
    image_module: Any, path: str | os.PathLike[str], shape: ImageShape
) -> NDArray[np.float32]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of metadata, which nobody asked for
            # An image of a hundred million pixels is as wrong here as one that is none.
            warnings.simplefilter("error", image_module.DecompressionBombWarning)
            # In memory: of a file, Pillow makes room for as many bytes as a chunk claims to have.
            data = Path(path).read_bytes()
            with image_module.open(io.BytesIO(data)) as opened:
                image = opened
                _check_size(image, MODES[shape.channels], len(data))
                if image.mode in _TRANSPARENT:
                    image = image.convert("RGBA")
                    ground = image_module.new("RGBA", image.size, "white")
                    image = image_module.alpha_composite(ground, image)
                if image.mode != MODES[shape.channels]:
                    image = image.convert(MODES[shape.channels])
                image = image.resize((shape.width, shape.height))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no image {os.fspath(path)}") from None
    except MemoryError:
        raise
    except Exception as error:  # what headers that lie make of Pillow's readers is of any kind
        reason = " ".join(str(error).split())
        raise ValueError(f"{os.fspath(path)} is no image that can be read: {reason}") from None
    pixels = np.asarray(image, np.float32).reshape(shape.height, shape.width, shape.channels)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)).reshape(-1) / np.float32(255)


def _check_size(image: Any, mode: str, file_bytes: int) -> None:
    """ValueError, before a pixel is unpacked, for more of them than such a file has."""
    n_bytes = image.width * image.height
    if image.mode in _TRANSPARENT:
        n_bytes *= _LAID_BYTES
    else:
        n_bytes *= _PIXEL_BYTES if image.mode == mode else _TURNED_BYTES
    if n_bytes > _ROOM_BYTES + 10 * file_bytes:
        raise ValueError(f"{image.width} x {image.height} pixels in {file_bytes:,} bytes")


def _pillow() -> Any:
    with comes_with("image", "PIL", "images need Pillow"):
        from PIL import Image
    return Image
