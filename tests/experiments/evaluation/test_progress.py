from pathlib import Path

import torch
from torch import nn

import freqlib
from freqlib.experiments.evaluation.progress import code, identify_images, identify_model
from freqlib.vision import Images, as_model, load_model


def test_networks_of_the_same_weights_are_told_apart_by_their_layers_and_outputs():
    linear = nn.Linear(16, 3)
    one, other = (as_model(nn.Sequential(nn.Flatten(), linear, act)) for act in (nn.ReLU(), nn.Sigmoid()))
    assert identify_model(one) != identify_model(other)
    grouped = [load_model(nn.Sequential(nn.Flatten(), linear), outputs=o) for o in ([[0, 1], 2], [0, [1, 2]])]
    assert identify_model(grouped[0]) != identify_model(grouped[1])


def test_one_pixel_tells_sets_in_memory_apart():
    pixels, labels = torch.rand(60, 1, 4, 4), torch.arange(60) % 2
    changed = pixels.clone()
    changed[3, 0, 1, 1] += 0.25
    one, other = (identify_images(Images(x, labels)) for x in (pixels, changed))
    assert one != other
    assert one == identify_images(Images(pixels.clone(), labels))


def test_images_of_every_type_and_order_in_memory_are_identified():
    pixels, labels = torch.rand(6, 3, 4, 4), torch.arange(6) % 2
    turned = pixels.to(memory_format=torch.channels_last)
    assert identify_images(Images(turned, labels)) == identify_images(Images(pixels, labels))
    half = identify_images(Images(pixels.bfloat16(), labels))  # which numpy does not know
    assert half == identify_images(Images(pixels.bfloat16(), labels)) != identify_images(Images(pixels, labels))


def test_all_that_numbers_come_from_tells_versions_apart(monkeypatch):
    seen = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: seen.append(path) or b"")
    code.__wrapped__()
    package = Path(freqlib.__file__).parent
    assert set(seen) == {
        path for floor in ("signal", "vision", "experiments") for path in package.glob(f"{floor}/**/*.py")
    }
    assert package / "experiments" / "sweeps" / "sweep.py" in seen
