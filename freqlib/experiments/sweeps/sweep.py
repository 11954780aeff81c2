"""The layer x band x mode sweep: which spatial frequencies a network uses at which depth.

Source: band isolation, removal and perturbation of intermediate feature maps (S0, S1); here every cell of the sweep
shares one forward pass per batch, has size-matched controls, and is flagged where its effect is zero by construction.
"""

from collections.abc import Iterable
from math import inf
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from freqlib.errors import InputError, check_seed, one_of, some_of
from freqlib.experiments.evaluation.edits import FILLS, MODES, Editing
from freqlib.experiments.evaluation.precision import autocast_type
from freqlib.experiments.sweeps.readout import linear_readout
from freqlib.experiments.sweeps.study import run_study
from freqlib.signal import CONTROLS, Bands
from freqlib.vision import Images, as_images, as_inputs, check_fitted, choose_layers, evaluating
from freqlib.vision.networks.device import as_device

Names = str | Iterable[str] | None


def sweep(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    layers: Names = None,
    bands: Bands | None = None,
    modes: Names = MODES,
    fill: Names = "zero",
    controls: Names = ("orbits",),
    head: str = "model",
    train: Images | tuple[Tensor, Tensor] | None = None,
    strength: float = 1.0,
    seed: int = 0,
    device: str | torch.device | None = None,
    autocast: str | torch.dtype | None = None,
    memory: float | None = None,
    resume: str | Path | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Edit every band of every layer and measure what the rest of the network still makes of it.

    Args:
        model: from `load_model`, any nn.Module from images (b, c, h, w) in [0, 1] to logits (b, classes), or a name
            (random weights).
        data: from `load_data`, or a pair of images (n, c, h, w) and labels (n,).
        layers: names as `layers(model)` lists them, "input" for the images themselves; None for the default ones.
        bands: by default `Bands.seven()`.
        modes: any of "isolate" (only the band is kept), "remove" (all but the band), "perturb" (noise added in it).
        fill: what stands in for a removed part: "zero", "mean" (the data-set mean of the removed part), or both.
        controls: any of "orbits" (as many random cells, in whole orbits; what "perturb" adds lies on them with the
            energy that it would have in the band), "energy" (a random direction of the same energy), "norm" (the edited
            map rescaled to its old norm).
        head: what classifies the edited maps: "model", the rest of the network; or "linear", an L2-regularized
            linear classifier on each layer's maps (S1; strength 1e-3), fitted on `train`. With it every layer has an
            untouched row.
        train: images and labels to fit linear heads on; only for head="linear".
        strength: of a perturbation: noise energy over the band's own energy, map by map.
        seed: of every draw; a draw depends on it and on the image's index alone.
        device: where to run; by default where the model is.
        autocast: "bfloat16" or "float16" for the network, or None; edits are made in float32 all the same,
            and images are never clamped.
        memory: limit in bytes, which chooses the batch; None for 256 MiB on a CPU and 60 % of what is free on a GPU.
        resume: a file that keeps the progress; an interrupted sweep goes on from it.
        progress: show a bar with a time estimate.

    Returns:
        One row a layer, mode, fill and band, with one untouched row (mode "none") first, and for every layer and fill
        an "isolate" row of band "nothing". Columns: model dataset split layer depth grid_height grid_width mode fill
        band band_low band_high cells energy n; top1, gt_rank (1 is best) and margin (logits); top1_low, top1_high
        (95 %); d_top1, d_gt_rank (minus the untouched row on the same images) with their intervals, of no width where
        nothing changes by construction; for every control
        top1_CONTROL and beyond_CONTROL, the band's top1 minus the control's on the same images, with their intervals;
        status: "ok", "empty" (the band has no cell here), "no-effect by construction", or "constant output by
        construction"; "ok" also where the logits of all images agree to rounding, so that no test could tell.
        `energy` is the band's share of the layer's energy, cells and channels summed.
        `attrs["seconds"]` holds what the passes took.

    Raises:
        InputError: anything unknown, unfit or NaN, before the first batch where it can be told.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
        >>> table = sweep(net, (torch.rand(8, 1, 8, 8), torch.arange(8) % 2), progress=False)
        >>> table.status.unique().tolist()  # behind global pooling, only DC can matter
        ['ok', 'constant output by construction', 'no-effect by construction', 'empty']
    """
    bands = Bands.seven() if bands is None else bands
    modes, fills, controls = (
        some_of(given, known, what)
        for given, known, what in ((modes, MODES, "mode"), (fill, FILLS, "fill"), (controls, CONTROLS, "control"))
    )
    one_of(head, ("model", "linear"), "head")
    for what, number in (("strength", strength), ("memory", 1 if memory is None else memory)):
        if not 0 <= number < inf:
            raise InputError(f"{what} is {number!r}, but must be a number, 0 or larger.")
    check_seed(seed)
    if not modes or not fills:
        raise InputError("A sweep of 0 edits was asked for; give at least one mode and one fill.")
    if head == "linear" and train is None:
        raise InputError("head='linear' fits a classifier on every layer; pass the images to fit it on as train=.")
    if head == "model" and train is not None:
        raise InputError("train= is what head='linear' is fitted on, and the model's own head is not; leave it out.")
    (model, images), autocast = as_inputs(model, data), autocast_type(autocast)
    fitted = None if train is None else as_images(train)
    if fitted is not None:
        check_fitted(fitted, images)
    for name, module in model.network.named_modules():
        if isinstance(module, _BatchNorm) and module.running_var is None:
            raise InputError(
                f"{name} normalizes by the statistics of its batch, in which edited images lie beside untouched "
                "ones; give it running statistics (track_running_stats=True)."
            )
    if device is not None:
        model = model.to(as_device(device))
    with evaluating(model):
        chosen = choose_layers(model, images.shape, layers, editable=True)
        editing = Editing(bands, modes, fills, controls, strength, seed)
        if head == "model":
            return run_study(model, images, chosen, editing, None, autocast, memory, resume, progress)
        tables = []
        for layer in chosen:
            readout = linear_readout(model, layer, fitted)
            kept = Path(f"{resume}.{layer.name}") if resume else None
            tables.append(run_study(model, images, [layer], editing, readout, autocast, memory, kept, progress))
    joined = pd.concat(tables, ignore_index=True)
    joined.attrs["seconds"] = sum(t.attrs["seconds"] or 0.0 for t in tables)
    return joined
