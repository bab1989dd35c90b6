"""Features: standardised by what training saw, and nothing that is no number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textseq.rnn.data.images import ImageShape
from textseq.rnn.layers.features import FeatureEncoder, check_finite


def test_units_do_not_matter():
    rng = np.random.default_rng(0)
    metres = rng.standard_normal((50, 3)).astype(np.float32)
    torch.manual_seed(0)
    one = FeatureEncoder(3, 4)
    torch.manual_seed(0)
    other = FeatureEncoder(3, 4)
    one.fit(metres)
    millimetres = metres * 1000 + 7
    other.fit(millimetres)
    torch.testing.assert_close(
        one(torch.from_numpy(metres)), other(torch.from_numpy(millimetres)), atol=1e-4, rtol=1e-4
    )
    np.testing.assert_allclose(one.mean, metres.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(1 / one.scale, metres.std(axis=0), rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e6, -3.3333333])
def test_a_constant_feature_tells_nothing(value: float):
    features = np.random.default_rng(1).standard_normal((40, 2)).astype(np.float32)
    features[:, 1] = value
    encoder = FeatureEncoder(2, 4)
    encoder.fit(features)
    assert encoder.scale[1] == 0
    other = features.copy()
    other[:, 1] = 99.0  # not even where it is another one later
    assert torch.equal(encoder(torch.from_numpy(features)), encoder(torch.from_numpy(other)))


def test_an_outlier_is_cut():
    features = np.random.default_rng(1).standard_normal((40, 2)).astype(np.float32)
    encoder = FeatureEncoder(2, 4)
    encoder.fit(features)
    far, farther = (torch.tensor([[0.0, value]]) for value in (1e9, 3e38))
    assert torch.equal(encoder(far), encoder(farther))
    assert torch.isfinite(encoder(farther)).all()


def test_one_row_and_blocks():
    encoder = FeatureEncoder(2, 3)
    encoder.fit(np.array([[1.0, 2.0]]))
    assert encoder.mean.tolist() == [1.0, 2.0]
    assert encoder.scale.tolist() == [0.0, 0.0]
    many = np.random.default_rng(2).standard_normal((10_001, 2)) + 5
    encoder.fit(many)
    np.testing.assert_allclose(encoder.mean, many.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(1 / encoder.scale, many.std(axis=0), rtol=1e-5)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_no_number(wrong: float):
    features = np.zeros((5000, 3))
    features[4500, 2] = wrong
    with pytest.raises(ValueError, match=rf"row 4500, feature 2 is {wrong}; features are finite"):
        FeatureEncoder(3, 4).fit(features)
    with pytest.raises(ValueError, match="row 14500"):
        check_finite(features, 10_000)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 20), (1, 1, 1), (3, 5, 64)], ids=str)
def test_images_of_any_shape(shape: tuple[int, int, int]):
    image = ImageShape(*shape)
    encoder = FeatureEncoder(image.n_features, 6, image=image)
    pixels = np.random.default_rng(0).random((4, image.n_features)).astype(np.float32)
    encoder.fit(pixels)
    assert encoder(torch.from_numpy(pixels)).shape == (4, 6)
    # One mean and spread for each channel, over all pixels and images.
    by_channel = pixels.reshape(4, image.channels, -1)
    of_first = encoder.mean.reshape(image.channels, -1)
    np.testing.assert_allclose(of_first[:, 0], by_channel.mean(axis=(0, 2)), rtol=1e-4)
    assert (of_first == of_first[:, :1]).all()
    if image.n_features > 10:
        scale = encoder.scale.reshape(image.channels, -1)[:, 0]
        np.testing.assert_allclose(1 / scale, by_channel.std(axis=(0, 2)), rtol=1e-4)


def test_a_shape_that_does_not_fit():
    with pytest.raises(ValueError, match="64 features for images of 3 x 8 x 8, which have 192"):
        FeatureEncoder(64, 4, image=ImageShape(3, 8, 8))
