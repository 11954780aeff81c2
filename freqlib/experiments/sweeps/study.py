"""One run of the one-pass sweep: some layers of one model over one set of images."""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from freqlib.errors import InputError
from freqlib.experiments.evaluation.edits import Edit, Editing, MapEditor
from freqlib.experiments.evaluation.memory import bytes_per_image, choose_batch
from freqlib.experiments.evaluation.onepass import Cut, OnePass, layer_maps, layer_outputs
from freqlib.experiments.evaluation.outcomes import as_logits, check_outputs, outcomes
from freqlib.experiments.evaluation.progress import identify_images, identify_model
from freqlib.experiments.evaluation.statuses import Suspects, confirm
from freqlib.experiments.sweeps.ledger import Ledger
from freqlib.experiments.sweeps.sweep_table import sweep_table
from freqlib.vision import Images, Layer, VisionModel

# Images on which suspected rows are put to the test.
CONFIRM_IMAGES = 4
CONFIRM_EDITS = 4
# Images in a batch of a plain pass.
PLAIN_BATCH = 32


def run_study(
    model: VisionModel,
    images: Images,
    layers: list[Layer],
    editing: Editing,
    head: nn.Module | None,
    autocast: torch.dtype | None,
    memory: float | None,
    resume: str | Path | None,
    progress: bool,
) -> pd.DataFrame:
    """Run every edit of some layers over all images; the arguments are those of `sweep`, already checked.

    Args:
        model: in eval mode, on its device.
        images: the data.
        layers: in the order of execution; one only where `head` is given.
        editing: what is edited and how.
        head: classifies the layer's maps in place of the rest of the network, or None.
        autocast: the network's type, or None.
        memory: limit in bytes, or None.
        resume: where to keep the progress, or None.
        progress: whether to show a bar.

    Returns:
        The table of `sweep`.
    """
    device = model.device
    plans = [editing.plan(layer.height, layer.width) for layer in layers]
    identity = {
        **identify_model(model, head), "images": identify_images(images), "layers": [layer.name for layer in layers],
        "editing": repr(editing), "autocast": str(autocast),
    }  # fmt: skip
    ledger = Ledger(1 + sum(map(len, plans)), len(images), resume, identity)
    # A head of a layer's own sees its edits, and the network behind it nothing.
    appended = {layer.module: len(plan) for layer, plan in zip(layers, plans, strict=True)} if head is None else {}
    # Of float32, an edit and three times as much beside it on the way.
    edits = 0 if head is None else 4 * 4 * layers[0].channels * layers[0].height * layers[0].width * len(plans[0])
    # NaN, and labels beyond the outputs, are refused by one image; a whole pass would find them late.
    one = images[0][0][None].to(device)
    maps, logits = layer_outputs(model, layers, one)
    check_outputs(logits if head is None else head(maps[0]), images.labels)
    _check_rows(model, one, as_logits(logits))
    batch = choose_batch(bytes_per_image(model, appended, one[0]) + edits, memory, device)
    means = _mean_maps(model, layers, images, autocast) if "mean" in editing.fills else [None] * len(layers)
    editors = [MapEditor(editing, plan, mean) for plan, mean in zip(plans, means, strict=True)]
    cuts = [Cut(layer, len(plan), editor.write) for layer, plan, editor in zip(layers, plans, editors, strict=True)]

    state = dict(ledger.still)
    for editor, energy in zip(editors, state.pop("energy", []), strict=False):
        editor.energy += energy
    suspects = Suspects(state)
    one_pass = OnePass(model, cuts, autocast, head)
    bar = tqdm(total=len(images), initial=ledger.done, unit="image", desc="sweep", disable=not progress)
    try:
        left = range(ledger.done, len(images))
        for pixels, labels, index in images.select(left).batches(batch) if left else ():
            logits = one_pass(pixels.to(device), index)
            results = outcomes(logits, labels)
            suspects.update(logits)
            ledger.add(results, {**suspects.state, "energy": torch.stack([e.energy for e in editors])})
            bar.update(len(labels))
    finally:
        bar.close()
        if ledger.done:
            ledger.save()

    def probe(cut: Cut, pixels: Tensor, index: Tensor) -> Tensor:
        return OnePass(model, [cut], None, head)(pixels, index)

    few = images.select(torch.arange(min(CONFIRM_IMAGES, len(images))))
    pixels, _, index = next(iter(few.batches(CONFIRM_IMAGES)))
    statuses: list[dict[Edit, str]] = []
    still = suspects.still(autocast).split([len(plan) for plan in plans])
    for layer, plan, editor, suspected in zip(layers, plans, editors, still, strict=True):
        named = [e for e, s in zip(plan, suspected.tolist(), strict=True) if s and e.control is None]
        found: dict[Edit, str] = {}
        for start in range(0, len(named), CONFIRM_EDITS):  # few at a time, to stay within the memory of the sweep
            found |= confirm(probe, layer, editor, named[start : start + CONFIRM_EDITS], pixels.to(device), index)
        statuses.append(found)
    table = sweep_table(model.name, images, layers, editing, editors, statuses, ledger, head is not None)
    table.attrs["seconds"] = ledger.progress.seconds
    return table


def _check_rows(model: VisionModel, one: Tensor, logits: Tensor) -> None:
    """Refuse a network that sees the rest of the batch, in which edited images lie, or that draws by chance."""
    with torch.no_grad():
        beside = as_logits(model(torch.cat([one, torch.zeros_like(one)])))[:1]
    # Far above rounding, which another batch size may change.
    if (beside - logits).abs().max() > 0.05 * logits.abs().max():
        raise InputError(
            f"{model.name} gives an image other logits beside another image, or when it is run again; a sweep needs a "
            "network that treats every image by itself, without chance."
        )


def _mean_maps(model: VisionModel, layers: list[Layer], images: Images, autocast: torch.dtype | None) -> list[Tensor]:
    """The data-set mean of every layer's maps, (c, h, w) float32 each, from one plain pass."""
    sums: list[Tensor | int] = [0] * len(layers)
    for maps in layer_maps(model, layers, images, PLAIN_BATCH, autocast):
        sums = [total + x.sum(0).cpu().double() for total, x in zip(sums, maps, strict=True)]
    return [(total / len(images)).float().to(model.device) for total in sums]
