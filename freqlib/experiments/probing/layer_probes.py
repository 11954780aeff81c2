"""What each band of each layer still tells, against four controls.

A probe on a layer answers "is it there for the taking?", `sweep` answers "does the network take it?".
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from freqlib.errors import InputError, as_numbers, check_seed, some_of
from freqlib.experiments.evaluation.intervals import columns, rate, rate_difference
from freqlib.experiments.evaluation.progress import Progress, identify_images, identify_model
from freqlib.experiments.evaluation.statuses import EMPTY, OK
from freqlib.experiments.probing.held_out import KINDS, Score, score
from freqlib.experiments.probing.probe_sources import Cell, read_features
from freqlib.signal import Bands
from freqlib.vision import Images, as_images, as_inputs, check_fitted, choose_layers, evaluating

CONTROLS = ("permuted", "untrained", "pixels", "projection")
# Those that read other features, each in a pass of its own.
SOURCES = ("untrained", "shuffled", "pixels", "projection")


def probe_layers(
    model: nn.Module | str,
    train: Images | tuple[Tensor, Tensor],
    test: Images | tuple[Tensor, Tensor],
    layers: str | Iterable[str] | None = None,
    bands: Bands | None = None,
    kinds: str | Iterable[str] = KINDS,
    controls: str | Iterable[str] = CONTROLS,
    strength: float | Iterable[float] = (1e-3, 1e-2, 1e-1),
    dimension: int | None = 256,
    seed: int = 0,
    resume: str | Path | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Probe every band of every layer of a frozen network, and the same with controls in the network's place.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        train: images and labels to fit the probes on.
        test: images and labels to score them on.
        layers: names as `layers(model)` lists them; None for the default ones.
        bands: by default `Bands.seven()`.
        kinds: any of "linear", "mlp" and "power", as for `probe`.
        controls: any of "permuted" (labels in random order), "untrained" (the same architecture with random weights),
            "pixels" (the image itself, reduced to the layer's grid, in the same band), "projection" (all pixels, in as
            many random directions as the band has numbers); or, not by default, "shuffled": the network's maps with
            their places in random order, all channels alike and anew for every image. Every channel keeps its values,
            so what is found there is their strength and not frequency; DC is as it was, so that a band with it keeps
            that much.
        strength: of the penalty; of several, the one that does best in a two-fold cross-validation of `train`.
        dimension: bands with more numbers are projected onto so many random directions; None leaves them.
        seed: of everything that is drawn.
        resume: a file that keeps the scores; an interrupted study goes on from it.
        progress: show a bar.

    Returns:
        One row a layer, kind and band: model dataset layer depth grid_height grid_width kind band band_low band_high
        cells dimension strength n_fitted n classes; top1 and top1_<control> with their intervals (95 %); best_control;
        usable, top1 minus the best control's on the same images, with its interval; converged residual; status: "ok"
        or "empty" (the band has no cell here). `attrs["seconds"]` holds what it took.

    Raises:
        InputError: as for `probe` and `choose_layers`, or data with other classes than each other.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 2))
        >>> data = (torch.rand(40, 1, 8, 8), torch.arange(40) % 2)
        >>> table = probe_layers(net, data, data, kinds="linear", controls="permuted", progress=False)
        >>> table.status.unique().tolist()
        ['ok', 'empty']
    """
    bands = Bands.seven() if bands is None else bands
    kinds = some_of(kinds, KINDS, "probe")
    controls = some_of(controls, ("permuted", *SOURCES), "control")
    strengths = list(as_numbers(strength, "Strengths of the penalty", "[0.001, 0.1]"))
    check_seed(seed)
    if not kinds:
        raise InputError(f"No kind of probe is given; name some of: {', '.join(KINDS)}.")
    (model, fitted), scored = as_inputs(model, train), as_images(test)
    check_fitted(fitted, scored)
    chosen = choose_layers(model, fitted.shape, layers)
    identity = {
        **identify_model(model), "fitted": identify_images(fitted), "scored": identify_images(scored),
        "bands": repr(bands), "strengths": strengths, "dimension": dimension, "seed": seed,
    }  # fmt: skip
    kept = Progress(resume, identity)
    scores = {name: Score(hits.numpy(), *rest) for name, (hits, *rest) in kept.found.get("scores", {}).items()}
    labels = torch.cat([fitted.labels, scored.labels])
    splits = [(np.arange(len(fitted)), np.arange(len(fitted), len(labels)))]
    groups = None if fitted.groups is None else fitted.groups.numpy()
    cells = [Cell(layer, kind, band) for layer in chosen for kind in kinds for band in range(len(bands))]
    held = [cell for cell in cells if cell.size(bands)]
    bar = tqdm(total=len(held) * (1 + len(controls)), unit="probe", desc="probe", disable=not progress)
    with evaluating(model), bar:
        # The same features serve the probe and its permuted control.
        for source in (("", "permuted"), *((c,) for c in SOURCES)):
            for power in (False, True):
                wanted = [(cell, c) for cell in held for c in source if cell.power == power and c in ("", *controls)]
                due = [(cell, c) for cell, c in wanted if f"{cell}{c}" not in scores]
                bar.update(len(wanted) - len(due))
                if not due:
                    continue
                read = read_features(
                    source[0], model, [cell for cell, _ in due], (fitted, scored), bands, dimension, seed
                )
                for cell, control in due:
                    x = read[cell.layer.name, cell.band].float()
                    shuffled = control == "permuted"
                    scores[f"{cell}{control}"] = score(x, labels, splits, cell.kind, strengths, groups, seed, shuffled)
                    kept.save(scores={name: (torch.from_numpy(hits), *rest) for name, (hits, *rest) in scores.items()})
                    bar.update()

    def row(cell: Cell) -> dict:
        layer, size = cell.layer, cell.size(bands)
        low, high = bands.edges[cell.band : cell.band + 2]
        found = {
            "model": model.name, "dataset": scored.name, "layer": layer.name, "depth": layer.depth,
            "grid_height": layer.height, "grid_width": layer.width, "kind": cell.kind, "band": bands.names[cell.band],
            "band_low": low, "band_high": high, "cells": int(bands.cells(layer.height, layer.width)[cell.band]),
            "dimension": min(size, dimension or size), "n_fitted": len(fitted), "n": len(scored),
            "classes": len(fitted.labels.unique()),
        }  # fmt: skip
        if not size:
            return found | {"status": EMPTY}
        units = None if scored.groups is None else scored.groups.numpy()
        own = scores[f"{cell}"]
        found |= {"strength": own.strength, **columns("top1", own.hits.mean(), rate(own.hits, units))}
        others = {control: scores[f"{cell}{control}"].hits for control in controls}
        for control, hits in others.items():
            found |= columns(f"top1_{control}", hits.mean(), rate(hits, units))
        if others:
            best = max(others, key=lambda control: others[control].mean())
            bounds = rate_difference(own.hits, others[best], units)
            usable = own.hits.mean() - others[best].mean()
            found |= {"best_control": best, **columns("usable", usable, bounds)}
        return found | {"converged": own.converged, "residual": own.residual, "status": OK}

    table = pd.DataFrame(map(row, cells))
    table = table[[c for c in table if c != "status"] + ["status"]]
    table.attrs["seconds"] = kept.seconds
    return table
