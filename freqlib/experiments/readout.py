"""S1's question put to one layer: a linear classifier on its maps, in place of the rest of the network."""

import torch
from torch import Tensor, nn

from freqlib.experiments.linear import fit_linear
from freqlib.experiments.onepass import layer_maps
from freqlib.vision import Images, Layer, VisionModel


class Readout(nn.Module):
    """A linear classifier on a layer's flattened maps (rows, c, h, w)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    def forward(self, maps: Tensor) -> Tensor:
        return nn.functional.linear(maps.flatten(1), self.weight, self.bias)


def linear_readout(model: VisionModel, layer: Layer, train: Images, strength: float = 1e-3) -> Readout:
    """Fit a linear classifier on the untouched maps of one layer.

    Args:
        model: frozen, in eval mode.
        layer: whose maps are classified.
        train: images and labels to fit on; not those on which the sweep is run.
        strength: of the L2 penalty.

    Returns:
        A module from maps (rows, c, h, w) to logits (rows, classes), on the model's device.

    Raises:
        InputError: fewer than two classes in `train`.

    Source: S1, "feed the reconstructed features into a linear classifier".
    """
    maps = [x.cpu() for (x,) in layer_maps(model, [layer], train)]
    fit = fit_linear(torch.cat(maps), train.labels, strength, classes=len(train.classes))
    return Readout(fit.weight, fit.bias).to(model.device)
