"""What frequencies the kernels of a network's convolutions hold."""

import numpy as np
import pandas as pd
from torch import nn

from freqlib.signal import kernel_profile
from freqlib.vision import as_model, convolutions


def kernel_spectra(
    model: nn.Module | str, fold_bn: bool = False, shape: tuple[int, int, int] | None = None
) -> pd.DataFrame:
    """Measure the spectrum of the kernels of every convolution (nn.Conv2d), by discrete radius.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        fold_bn: weigh every output channel as the batch norm behind the convolution does, in eval mode. Without it a
            kernel's scale means little where a batch norm follows; shares of whole layers may differ too, since
            channels are weighed anew.
        shape: (channels, height, width) of the images, for `fold_bn`; by default what the model expects.

    Returns:
        One row a convolution and radius: layer radius_nyquist (on the kernel's own grid of taps: 1 is Nyquist for a
        dilation of 1) cells mean_power (of |fft2|^2, over kernels and cells) energy_share (ratio of means) null_share
        (that of white kernels) centroid (of the layer, DC among the rest, Nyquist = 1) folded (whether a batch norm
        was). A 1x1 kernel holds DC alone, kernels of zeros have no shares (NaN). Weights are taken as they are stored,
        before any standardization.

    Raises:
        InputError: a model without convolutions, or with `fold_bn` one whose image shape is not known.

    Source: Lu, arXiv 2512.22192, for 3x3 kernels of the first layer; here any size and every layer.

    Example:
        >>> from freqlib.vision import load_model
        >>> table = kernel_spectra(load_model("cifar:resnet20"))
        >>> table.radius_nyquist[:3].round(3).tolist(), table.null_share[:3].round(3).tolist()
        ([0.0, 0.667, 0.943], [0.111, 0.444, 0.444])
    """
    parts = []  # of numpy, since making and joining many small tables takes longer than measuring
    for convolution in convolutions(as_model(model), fold_bn, shape):
        profile = kernel_profile(convolution.kernels(fold_bn))
        radii = {"layer": convolution.name, "radius_nyquist": profile.pop("radius")}
        part = radii | profile | {"folded": convolution.norm is not None}
        parts.append({name: np.broadcast_to(value, len(profile["cells"])) for name, value in part.items()})
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
