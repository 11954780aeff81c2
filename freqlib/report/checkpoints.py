"""The project's own small checkpoints: their recipes, and how they are trained and stored.

Weights are stored as float16 safetensors; the JSON beside them holds what `load_model` needs and where they come from.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save

from freqlib import atomic
from freqlib.errors import one_of
from freqlib.experiments import accuracy, train
from freqlib.report import provenance
from freqlib.vision import VisionModel, load_data, load_model

# Mean and standard deviation of grey photo-patches, near enough for both.
_GREY = ((0.45,), (0.25,))
_COMMON: dict[str, Any] = {"data": "photo-patches", "seed": 0}
RECIPES: dict[str, dict[str, Any]] = {
    "photo-patches_resnet20": _COMMON
    | {"model": "cifar:resnet20", "training": {"epochs": 10, "optimizer": "sgd", "weight_decay": 5e-4}},
    **{
        f"photo-patches_{name}": _COMMON
        | {"model": f"cifar:{name}", "training": {"epochs": 10, "optimizer": "adamw", "weight_decay": 0.05, "lr": 1e-3}}
        for name in ("vit", "vit-mean", "mixer", "convnext")
    },
}


def train_checkpoint(
    name: str, folder: str | Path, epochs: int | None = None, steps: int | None = None, progress: bool = True
) -> tuple[VisionModel, pd.DataFrame]:
    """Train one of the recipes and store the result.

    Args:
        name: of the recipe, and of the files.
        folder: for NAME.safetensors and NAME.json; a training that was stopped goes on from NAME.state there.
        epochs: instead of the recipe's.
        steps: stop every epoch after so many steps, to try out.
        progress: show a bar.

    Returns:
        The trained model as it was stored (float16 rounding included), and the history of `train`.

    Raises:
        InputError: an unknown recipe.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model, history = train_checkpoint("photo-patches_vit", folder, epochs=1, steps=1, progress=False)
        ...     sorted(path.suffix for path in Path(folder).iterdir())
        ['.json', '.safetensors']
    """
    recipe = RECIPES[one_of(name, RECIPES, "checkpoint")]
    training = recipe["training"] | ({} if epochs is None else {"epochs": epochs})
    path = Path(folder) / f"{name}.safetensors"
    state = path.with_suffix(".state")
    data = load_data(recipe["data"], split="train")
    torch.manual_seed(recipe["seed"])
    model = load_model(recipe["model"], num_classes=len(data.classes), in_chans=data.shape[0], normalize=_GREY)
    started = time.perf_counter()
    model, history = train(model, data, seed=recipe["seed"], resume=state, steps=steps, progress=progress, **training)
    # A plain copy of every tensor: channels-last weights are no safetensors layout.
    tensors = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.network.state_dict().items()
    }
    notes = {
        "model": recipe["model"], "num_classes": len(data.classes), "normalize": _GREY, "classes": data.classes,
        "data": recipe["data"], "split": "train", "seed": recipe["seed"], "steps": steps, "training": training,
        "duration_seconds": round(time.perf_counter() - started, 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": provenance.commit(),
        "hardware": provenance.hardware(), "versions": provenance.versions(),
    }  # fmt: skip
    atomic.write(path, save(tensors))
    atomic.write(path.with_suffix(".json"), json.dumps(notes, indent=2) + "\n")
    stored = load_model(recipe["model"], weights=path)
    if steps is None:
        notes["test_top1"] = accuracy(stored, load_data(recipe["data"], split="test"))
        atomic.write(path.with_suffix(".json"), json.dumps(notes, indent=2) + "\n")
    state.unlink(missing_ok=True)
    return stored, history
