"""What a model of two classes makes of one band of its images, whatever its threshold between the two."""

from collections.abc import Iterable
from functools import partial

import pandas as pd
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from freqlib.errors import InputError, some_of
from freqlib.experiments.evaluation.edits import FILLS
from freqlib.experiments.evaluation.logits import logits_of
from freqlib.experiments.evaluation.outcomes import outcomes
from freqlib.experiments.evaluation.statuses import OK
from freqlib.signal import Bands, isolate
from freqlib.vision import Images, as_inputs

BATCH = 1000


def two_classes(
    model: nn.Module, data: Images | tuple[Tensor, Tensor], bands: Bands, fills: str | Iterable[str] = FILLS
) -> pd.DataFrame:
    """Measure how well a model of two classes ranks its images by one band alone, and how it answers.

    Top-1 asks for the right side of a threshold that was learned on whole images; of edited ones a model may rank most
    pairs rightly and call nearly all by one name. The area under the ROC curve does not depend on the threshold.

    Args:
        model: from `load_model`, with two outputs, or any such nn.Module.
        data: images and labels, both classes among them.
        bands: of which each is kept alone.
        fills: what stands in for the rest: "zero", "mean" (that of the rest over the images), or both.

    Returns:
        Rows as `sweep` has them for the input: mode "none" once, then "isolate" for every fill and band: layer mode
        fill band band_low n; area, from 0 to 1, .5 where nothing is known; top1; second, the share of images that are
        called the second class; is_second, the share that are; status, always "ok".

    Raises:
        InputError: other than two classes or outputs, NaN among these, or an unknown fill.

    Example:
        >>> import torch
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        >>> two_classes(net, (torch.rand(8, 1, 8, 8), torch.arange(8) % 2), Bands.four(), "zero").band.tolist()
        ['all', 'ultra-low', 'low', 'mid', 'high']
    """
    network, images = as_inputs(model, data)
    fills, truth = some_of(fills, FILLS, "fill"), images.labels.numpy()
    mean = sum(x.sum(0) for x, _, _ in images.batches(BATCH)) / len(images)

    def kept(x: Tensor, band: str, fill: str) -> Tensor:
        alone = isolate(x, bands, band)
        return alone if fill == "zero" else alone + mean - isolate(mean, bands, band)

    lows = dict(zip(bands.names, bands.edges, strict=False))
    rows = []
    for fill, band in [("none", "all"), *((fill, band) for fill in fills for band in lows)]:
        logits = logits_of(network, images, partial(kept, band=band, fill=fill) if fill != "none" else None)
        if logits.shape[1] != 2 or set(truth.tolist()) != {0, 1}:
            raise InputError(
                f"The model has {logits.shape[1]} outputs and the images {len(set(truth.tolist()))} classes, but both "
                "must be two; name the outputs of each class with load_model(outputs=...)."
            )
        hits, margin = outcomes(logits, images.labels).hit.numpy(), (logits[:, 1] - logits[:, 0]).numpy()
        place = {"mode": "none" if fill == "none" else "isolate", "fill": fill, "band": band}
        place |= {"band_low": lows.get(band, 0.0), "n": len(truth), "area": roc_auc_score(truth, margin)}
        rows.append(place | {"top1": hits.mean(), "second": float(logits.argmax(1).double().mean())})
    return pd.DataFrame(rows).assign(is_second=truth.mean(), layer="input", status=OK)
