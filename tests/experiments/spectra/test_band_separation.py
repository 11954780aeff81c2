from math import inf

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.fft import dct
from sklearn.feature_selection import f_classif

from freqlib.errors import InputError
from freqlib.experiments import band_separation
from freqlib.signal import Bands
from freqlib.vision import Images

HALVES = Bands((0, 0.5, torch.inf), ("low", "high"))


def test_the_share_between_classes_is_that_of_an_analysis_of_variance() -> None:
    generator = torch.Generator().manual_seed(0)
    x, labels = torch.rand(30, 2, 8, 6, generator=generator), torch.arange(30) % 3
    x[labels == 1, :, ::2] += 0.2
    table = band_separation((x, labels), HALVES).set_index("band")
    ky, kx = np.meshgrid(np.arange(8) / 8, np.arange(6) / 6, indexing="ij")
    energy = np.square(dct(dct(x.double().numpy(), axis=2, norm="ortho"), axis=3, norm="ortho")).sum(1)
    low, high = (energy[:, part].sum(1) for part in ((np.hypot(ky, kx) < 0.5) & (ky + kx > 0), np.hypot(ky, kx) >= 0.5))
    for name, band in (("low", low), ("high", high)):
        ((f,), _) = f_classif(np.log(band / (low + high))[:, None], labels.numpy())
        assert table.between[name] == pytest.approx(1 - (1 - 2 * f / (2 * f + 27)) * 29 / 27)
    assert ((table.between_low < table.between) & (table.between < table.between_high)).all()


def test_labels_in_random_order_have_no_share_in_the_mean() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(20, 1, 8, 8, generator=generator)
    orders = (torch.randperm(20, generator=generator) % 4 for _ in range(200))
    means = pd.concat([band_separation((x, labels), HALVES) for labels in orders]).groupby("band").between.mean()
    assert means.abs().max() < 0.03


def test_neither_brightness_nor_contrast_counts() -> None:
    x, labels = torch.rand(20, 1, 8, 8), torch.arange(20) % 2
    changed = torch.where(labels.bool()[:, None, None, None], 0.5 * x + 0.3, x)
    plain, other = (band_separation((images, labels), HALVES).between for images in (x, changed))
    assert other.tolist() == pytest.approx(plain.tolist(), rel=1e-4)


def test_images_that_depend_on_each_other_are_drawn_together() -> None:
    x, labels = torch.rand(12, 1, 8, 8), torch.arange(12) % 2
    twice, groups = torch.cat([x] * 9), torch.arange(12).repeat(9)
    alone = band_separation((x, labels), HALVES)
    grouped = band_separation(Images(twice, labels.repeat(9), groups=groups), HALVES)
    for column in ("between", "between_low", "between_high"):
        assert grouped[column].tolist() == pytest.approx(alone[column].tolist())


def test_with_no_more_groups_than_classes_nothing_is_known() -> None:
    x, groups = torch.rand(12, 1, 8, 8), torch.arange(12) // 6
    assert band_separation(Images(x, groups, groups=groups), HALVES).between.isna().all()


def test_images_without_a_spectrum_and_bands_in_another_unit_are_refused():
    x, labels = torch.rand(6, 1, 8, 8), torch.arange(6) % 2
    x[3] = 0.5
    with pytest.raises(InputError, match="Image 3 is constant"):
        band_separation((x, labels))
    with pytest.raises(InputError, match="must be in Nyquist units"):
        band_separation((torch.rand(6, 1, 8, 8), labels), Bands((0, 2, inf), unit="cycles/image"))
