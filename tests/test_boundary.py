"""Arguments of the wrong type are refused in one sentence, whichever public name they are given to.

In a process of its own: in this one, every function of the package is held to its hints by the test run itself.
"""

import json
import subprocess
import sys

import pytest

BEFORE = """
import json, pickle, random, sys, tempfile
import numpy as np
import torch
from torch import nn
import freqlib as fl

maps, data = torch.rand(2, 3, 8, 8), (torch.rand(8, 1, 8, 8), torch.arange(8) % 2)
net, bands = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(128, 2)), fl.Bands.seven()
folder = tempfile.TemporaryDirectory()
once = {"epochs": 1, "batch": 4, "resume": folder.name + "/state", "progress": False}
found, before = {}, random.getstate()
for line in json.load(sys.stdin):
    try:
        found[line] = repr(eval(line))
    except Exception as error:
        found[line] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""
WRONG = (
    "fl.split(maps, 'four')",
    "fl.isolate(maps.numpy(), bands, 'low')",
    "fl.perturb(maps, bands, 'low', '1')",
    "fl.Bands([0, 0.3, torch.inf], 3)",
    "fl.Bands(0.5)",
    "bands.masks('8', 8)",
    "fl.load_model(3)",
    "fl.layers(net, 32)",
    "fl.load_data('photo-patches', limit='10')",
    "fl.load_data('photo-patches', size=16.5)",
    "fl.synthetic('syn-1', 8.5)",
    "fl.sweep(net, data, layers=3)",
    "fl.sweep(net, 'cifar10')",
    "fl.sweep(net, data, bands='four')",
    "fl.sweep(net, data, memory='2GiB')",
    "fl.feature_spectra(net, data, 3)",
    "fl.fourier_heatmap(net, data, size='3')",
    "fl.ssr(3, 4)",
    "fl.probe(torch.rand(4, 2), [0, 1, 0, 1])",
    "fl.probe_layers(net, data, data, bands='four')",
    "fl.train(net, data, '3')",
    "fl.kernel_spectra(3)",
    "fl.adcs(data, corrected='x')",
    "fl.robustness(net, data, 3)",
)
# Of a list, every entry is looked at, whatever the dice say, and by the function: one sentence all the same.
WRONG_ENTRY = (
    "fl.Bands(['a', 'b'])",
    "fl.Bands([0, 0.1, '0.3', torch.inf])",
    "fl.Bands([0, 0.1, 0.3, torch.inf], ['a', 'b', 3])",
    "fl.perturb(maps, bands, 'low', index=[0, 'b'])",
    "fl.isolate(maps, bands, ['low', 2.5])",
    "fl.sweep(net, data, layers=['input', 3])",
    "fl.Bands([0, 0.1, 0.3, torch.inf], [['a'], ['b'], ['c']])",
    "fl.perturb(maps, bands, 'low', index=[0.2, 0.7])",
    "fl.sweep(net, data, layers=[['input']])",
    "fl.sweep(net, data, modes=['remove', 3])",
    "fl.probe(torch.rand(40, 2), torch.arange(40) % 2, strength=[0.1, 'a'])",
    "fl.probe_layers(net, data, data, kinds=['linear', 3])",
    "fl.robustness(net, data, ['original', 3])",
    "fl.synthetic('syn-1', 8, bands=[1, 'a'])",
)
RIGHT = {
    "torch.equal(fl.isolate(maps, bands, np.int64(1)), fl.isolate(maps, bands, 1))": "True",
    "torch.equal(fl.perturb(maps, bands, 'low', index=[3, 4]), fl.perturb(maps, bands, 'low', index=np.arange(3, 5)))":
        "True",
    "len(fl.load_data('photo-patches', limit=np.int64(12)))": "12",
    "fl.Bands(np.array([0, 0.3, np.inf])) == fl.Bands([0, 0.3, np.inf])": "True",
    "len(fl.probe(torch.rand(40, 2), torch.arange(40) % 2, strength=np.logspace(-2, 0, 3)))": "1",
    "len(fl.probe(torch.rand(40, 2), torch.arange(40) % 2, strength=np.float32(0.1)))": "1",
    "len(fl.Bands(torch.tensor([0, 0.3, torch.inf])))": "2",
    "len(fl.train(net, data, np.int64(1), batch=4, weight_decay=np.float32(0), progress=False)[1])": "2",
    "len(fl.train(net, data, seed=np.int64(1), lr=np.float64(0.1), **once)[1])": "2",
    "len(fl.train(net, data, seed=1, lr=0.1, **once)[1])": "2",  # the same, from what was kept
    "fl.adcs(data, seed=np.uint8(1)).equals(fl.adcs(data, seed=1))": "True",
    "random.getstate() == before": "True",
    "all(pickle.loads(pickle.dumps(getattr(fl, name))) is getattr(fl, name) for name in fl.__all__)": "True",
    "len(fl.layers('cifar:resnet8')) > 3 and len(fl.kernel_spectra('cifar:resnet8')) > 3": "True",
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    lines = json.dumps([*WRONG, *WRONG_ENTRY, *RIGHT])
    done = subprocess.run([sys.executable, "-c", BEFORE], input=lines, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_type_is_refused(found, line):
    assert found[line].startswith("WrongType: ")
    assert " but must be of type " in found[line]
    assert len(found[line]) < 250
    assert "\n" not in found[line]
    assert "freqlib." not in found[line]


@pytest.mark.parametrize("line", WRONG_ENTRY)
def test_a_wrong_entry_is_refused(found, line):
    assert found[line].startswith(("InputError: ", "WrongType: "))
    assert "\n" not in found[line]


@pytest.mark.parametrize("line", RIGHT)
def test_what_fits_is_taken(found, line):
    assert found[line] == RIGHT[line]
