"""Which rows of a sweep say nothing about the data, because the network is built that way.

A small change of the logits proves nothing. A row is called "no-effect by construction" only if large noise in the
band that it edits moves no logit, and "constant output by construction" only if the logits are the same for every image
and large noise in what it keeps moves none.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from freqlib.experiments.evaluation.edits import Edit, MapEditor
from freqlib.experiments.evaluation.onepass import Cut
from freqlib.signal import transform, white_noise
from freqlib.vision import Layer

OK, EMPTY = "ok", "empty"
NO_EFFECT = "no-effect by construction"
CONSTANT = "constant output by construction"
# Logits closer than this, relative to how far those of different images lie apart, are the same.
TOLERANCE = 1e-4
# What loud noise may move the largest logit by in float32, through rounding alone. Where that is more than a share of
# how far the images lie apart, nothing can be told.
ROUNDING, SHARE = 1e-5, 0.05
# Injected noise has this many times the root mean square of the map.
LOUDNESS = 10.0


class Suspects:
    """Collects over a sweep which rows never moved a logit, and which gave the same logits to every image.

    Args:
        state: what `state()` returned, to go on from there.
    """

    def __init__(self, state: dict[str, Tensor] | None = None) -> None:
        self.state = dict(state or {})  # all that was collected: tensors by name

    def update(self, logits: Tensor) -> None:
        """Add a batch of (1 + rows, b, classes) logits, the untouched batch first."""
        logits = logits.cpu().double()
        none = torch.zeros(len(logits), dtype=torch.float64)
        old = self.state or {"first": logits[:, 0], "scale": none[0], "moved": none, "spread": none}
        self.state = {
            "first": old["first"],
            "scale": old["scale"].maximum(logits[0].abs().max()),
            "moved": old["moved"].maximum((logits - logits[:1]).abs().amax((1, 2))),
            "spread": old["spread"].maximum((logits - old["first"][:, None]).abs().amax((1, 2))),
        }

    def still(self, autocast: torch.dtype | None) -> Tensor:
        """Return the rows that moved no logit or gave every image the same: (rows,) bool, without the untouched row."""
        # Coarse types need more room; the test itself is in float32.
        tolerance = TOLERANCE if autocast is None else 4 * float(torch.finfo(autocast).eps)
        closest = self.state["moved"].minimum(self.state["spread"])
        return (closest <= tolerance * self.state["scale"])[1:]


def confirm(
    run: Callable[[Cut, Tensor, Tensor], Tensor],
    layer: Layer,
    editor: MapEditor,
    suspects: list[Edit],
    images: Tensor,
    index: Tensor,
) -> dict[Edit, str]:
    """Put suspected rows of one layer to the test with injected noise.

    Args:
        run: from a cut, images and indices to logits (1 + copies, b, classes), in full precision.
        layer: the edited layer.
        editor: as in the sweep.
        suspects: edits without control that seemed to change nothing or to leave nothing.
        images: (b, c, h, w) float32, at least two of them different.
        index: (b,) int64.

    Returns:
        The status of every suspect.
    """

    def write(x: Tensor, index: Tensor, out: Tensor) -> None:
        h, w = x.shape[-2:]
        plan = transform(h, w, x.dtype, x.device)
        masks = editor.editing.bands.masks(h, w).to(x.device)
        coefficients = white_noise(plan.forward(x), index, editor.editing.seed, "confirm")
        coefficients = coefficients * (LOUDNESS * x.square().mean().sqrt().clamp_min(1e-3))
        edited = x.new_empty(len(suspects), *x.shape)
        MapEditor(editor.editing, suspects, editor.mean).write(x, index, edited)
        for i, edit in enumerate(suspects):
            touched, kept = _reach(edit, masks)
            out[i].copy_(x + plan.filter(coefficients, touched))
            out[i + len(suspects)].copy_(edited[i])
            out[i + 2 * len(suspects)].copy_(edited[i] + plan.filter(coefficients, kept))

    logits = run(Cut(layer, 3 * len(suspects), write), images, index).cpu().double()
    clean, (injected, edited, noisy) = logits[0], logits[1:].unflatten(0, (3, -1))
    rounding = ROUNDING * float(clean.abs().max())
    apart = float((clean - clean[:1]).abs().max()) if len(images) > 1 else float(clean.abs().max())
    if rounding > SHARE * apart or not apart:
        return dict.fromkeys(suspects, OK)
    within = max(TOLERANCE * apart, rounding)

    def same(a: Tensor, b: Tensor) -> bool:
        return bool((a - b).abs().max() <= within)

    statuses = {}
    for i, edit in enumerate(suspects):
        if same(injected[i], clean) and same(edited[i], clean):
            statuses[edit] = NO_EFFECT
        elif len(images) > 1 and same(edited[i], edited[i][:1]) and same(noisy[i], edited[i][:1]):
            statuses[edit] = CONSTANT
        else:
            statuses[edit] = OK
    return statuses


def _reach(edit: Edit, masks: Tensor) -> tuple[Tensor, Tensor]:
    """The cells that an edit touches, and those of the image that it keeps."""
    band = torch.zeros_like(masks[0]) if edit.band is None else masks[edit.band]
    return {"isolate": (~band, band), "remove": (band, ~band), "perturb": (band, torch.ones_like(band))}[edit.mode]
