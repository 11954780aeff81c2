"""Training of small networks: resident data, batchwise augmentation, exact repetition from a seed and after a stop."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from freqlib.errors import InputError, check_seed, one_of
from freqlib.experiments.evaluation.logits import logits_of
from freqlib.experiments.evaluation.outcomes import check_outputs, outcomes
from freqlib.experiments.evaluation.precision import autocast_type
from freqlib.experiments.evaluation.progress import Progress, identify_architecture, identify_images
from freqlib.experiments.training.augment import AUGMENTATIONS, augment_batch
from freqlib.experiments.training.band_filters import band_filters
from freqlib.experiments.training.course import Course, Target
from freqlib.experiments.training.frozen import only_moving
from freqlib.experiments.training.optimizers import OPTIMIZERS, SCHEDULES, make_optimizer
from freqlib.vision import Images, as_images, as_model, check_range, evaluating


@torch.inference_mode(False)  # whatever the caller has switched off
def train(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    epochs: int,
    seed: int = 0,
    weight_decay: float = 5e-4,
    optimizer: str = "sgd",
    record: Callable[[nn.Module, int], dict] | None = None,
    resume: str | Path | None = None,
    validate: Images | tuple[Tensor, Tensor] | None = None,
    augment: str | Callable[..., Tensor] = "crop-flip",
    batch: int = 128,
    lr: float | None = None,
    schedule: str = "cycle",
    only: str | None = None,
    filters: str | None = None,
    noise: float = 0.0,
    steps: int | None = None,
    until: float | None = None,
    within: float = 1.0,
    every: int = 10,
    autocast: str | torch.dtype | None = None,
    progress: bool = True,
) -> tuple[nn.Module, pd.DataFrame]:
    """Train a classifier.

    Args:
        model: from `load_model`, or any nn.Module; trained in place. Its first weights are the caller's to seed.
        data: training images and labels, held in memory.
        epochs: passes over the data, 1 or more.
        seed: of order, augmentation and dropout; each epoch draws from (seed, epoch) alone.
        weight_decay: L2 coefficient, coupled in "sgd" and "adam", decoupled in "adamw"; not applied to biases and
            normalization.
        optimizer: "sgd" (Nesterov momentum .9), "adam" or "adamw".
        record: called with the model in eval mode and the epoch (0 before training); what it returns joins the
            history.
        resume: a file that keeps the state after every epoch; a stopped training goes on from it to the same weights,
            whatever those of `model` are.
        validate: images to score after every epoch, and by which `until` stops.
        augment: "crop-flip" (shift by up to an eighth with reflected edges, and mirror), "shift" (circular, which
            changes no amplitude of the spectrum), "none", or a function of a batch and a torch.Generator that returns
            the changed batch (on the model's device; the generator is on the CPU). A resumed training knows it by its
            name.
        batch: images a step; the last, smaller batch of an epoch is left out.
        lr: peak learning rate; by default .1 for "sgd" and .002 for the others.
        schedule: of the learning rate: "cycle" (up over a fifth of the steps and down to 0) or "constant".
        only: a module by its name in the network, such as "linear" or "fc": nothing else moves, neither parameters nor
            the statistics of batch norms.
        filters: "constrained" holds every filter of a convolution to one band of its own spectrum, "penalized" adds the
            share of energy outside it to the loss; see `band_filters`.
        noise: standard deviation of Gaussian noise on the pixels, drawn anew at every step and clamped to [0, 1].
        steps: stop every epoch after so many steps (for trying out), or None.
        until: end as soon as top-1 on `validate` reaches this share, so that models can be matched in accuracy.
        within: and lies no further above it; at a high learning rate it goes up and down by several points.
        every: steps between two looks at that for each point of accuracy that is missing; there is one at the end of
            every epoch too.
        autocast: "bfloat16" for the network, whose weights stay in float32, or None.
        progress: show a bar with a time estimate.

    Returns:
        The trained model in eval mode, and its history, one row an epoch: epoch loss top1 (on augmented training
        images) steps lr seconds, validation_top1 where asked for, and what `record` gave.

    Raises:
        InputError: an unknown optimizer, augmentation, schedule or module, numbers out of range, labels beyond the
            model's outputs, `until` without `validate`, filters without a convolution, a loss that is NaN, a network
            that returns no logits in training mode, a `record` or `augment` that returns another thing, or a state
            file of another training.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        >>> data = (torch.rand(32, 1, 8, 8), torch.arange(32) % 2)
        >>> _, history = train(net, data, epochs=2, batch=16, progress=False)
        >>> history.epoch.tolist()
        [0, 1, 2]
    """
    images, network, autocast = as_images(data), as_model(model), autocast_type(autocast)
    one_of(optimizer, OPTIMIZERS, "optimizer")
    if not callable(augment):
        one_of(augment, AUGMENTATIONS, "augmentation")
    elif resume is not None and getattr(augment, "__name__", "<lambda>") == "<lambda>":
        raise InputError(f"{augment!r} has no name by which a resumed training would know it; pass a named function.")
    one_of(schedule, SCHEDULES, "schedule")
    check_seed(seed)
    _check_numbers({"epochs": epochs, "batch": batch, "steps": 1 if steps is None else steps}, weight_decay, noise, lr)
    if autocast == torch.float16:
        raise InputError("A training in float16 would want its loss scaled; use autocast='bfloat16', or None.")
    if until is not None and (validate is None or not 0 < until <= 1 or every < 1 or not within >= 0):
        raise InputError(
            f"until={until}, within={within} and every={every} do not end a training; until must be a share of the "
            "images in `validate`, which must be given, within 0 or more and every 1 or more."
        )
    device = network.device
    pixels, labels = (part.to(device) for part in next(iter(images.batches(len(images))))[:2])
    with evaluating(network), torch.no_grad():
        check_outputs(network(pixels[:1]), labels)
    if noise:
        check_range(pixels)  # they are clamped
    batch = min(batch, len(labels))
    per_epoch = min(len(labels) // batch, steps or len(labels))
    recipe = {
        "model": network.name, **identify_architecture(network), "epochs": epochs, "seed": seed, "batch": batch,
        "weight_decay": weight_decay, "optimizer": optimizer, "lr": lr, "steps": steps,
        "augment": getattr(augment, "__name__", augment),
        "autocast": str(autocast), "until": until, "within": within,
        "every": every, "schedule": schedule, "only": only, "filters": filters, "noise": noise,
        "images": identify_images(images), "validate": validate and identify_images(as_images(validate)),
    }  # fmt: skip
    score = None if validate is None else lambda: accuracy(network, as_images(validate), autocast)
    own_draws = torch.random.fork_rng([device] if device.type == "cuda" else [])  # the caller's stay as they were
    # All that does not move is in eval mode, and so is all behind an error.
    with (
        own_draws,
        torch.enable_grad(),
        evaluating(network),
        only_moving(network.network, only) as moving,
        band_filters(network, filters) as penalized,
    ):
        stepper, total = make_optimizer(network, optimizer, weight_decay, lr), epochs * per_epoch
        cycle = torch.optim.lr_scheduler.LambdaLR(stepper, lambda step: SCHEDULES[schedule](step, total))
        parts = {"model": network, "optimizer": stepper, "cycle": cycle}
        kept = Progress(resume, recipe)
        history, stopped = _restore(kept, parts)
        course = Course(network, moving, penalized, stepper, cycle, pixels, labels, batch, per_epoch, seed,
                        partial(augment_batch, kind=augment, noise=noise), autocast)  # fmt: skip
        target = Target(score, until, within, every)

        def close_epoch(row: dict) -> None:
            if score is not None and "validation_top1" not in row:
                row["validation_top1"] = score()
            network.eval()
            found = record(network, row["epoch"]) if record else {}
            if not isinstance(found, dict):
                raise InputError(f"record returns a {type(found).__name__}; it must return a dict of numbers by name.")
            if taken := row.keys() & found:
                raise InputError(f"record returns {sorted(taken)[0]!r}, which the history has; give it another name.")
            try:  # as plain numbers: the state's file holds no others
                found = {name: getattr(value, "item", lambda v=value: v)() for name, value in found.items()}
            except (RuntimeError, ValueError):
                raise InputError("record returns several numbers under one name; give each its own.") from None
            history.append(row | found)

        if not history:
            close_epoch({"epoch": 0, "loss": float("nan"), "top1": float("nan"), "steps": 0, "lr": 0.0, "seconds": 0.0})
        bar = tqdm(total=total, initial=(len(history) - 1) * per_epoch, unit="step", desc="train", disable=not progress)
        with bar:
            while len(history) <= epochs and not stopped:
                target.begin(history[-1].get("validation_top1"))
                row, stopped = course.epoch(len(history), target, bar.update)
                close_epoch(row)
                states = {name: part.state_dict() for name, part in parts.items()}
                kept.save(history=history, stopped=stopped, **states)
        network.eval()
    return (network if isinstance(model, str) else model).eval(), pd.DataFrame(history)


def accuracy(model: nn.Module, images: Images, autocast: torch.dtype | None = None) -> float:
    """Return the top-1 accuracy of a model.

    Args:
        model: any.
        images: the data.
        autocast: the network's type, or None.

    Returns:
        A share from 0 to 1.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> 0 <= accuracy(net, as_images((torch.rand(3, 1, 2, 2), torch.tensor([0, 1, 1])))) <= 1
        True
    """
    return int(outcomes(logits_of(model, images, autocast=autocast), images.labels).hit.sum()) / len(images)


def _check_numbers(counts: dict[str, int], weight_decay: float, noise: float, lr: float | None) -> None:
    """Refuse numbers that make no training."""
    if wrong := [name for name, n in counts.items() if n < 1]:
        raise InputError(f"{wrong[0]} is {counts[wrong[0]]!r}, but must be a whole number of 1 or more.")
    for name, number in {"weight_decay": weight_decay, "noise": noise}.items():
        if not number >= 0:
            raise InputError(f"{name} is {number}, but must be 0 or more.")
    if lr is not None and not lr > 0:
        raise InputError(f"lr is {lr}, but must be above 0.")


def _restore(kept: Progress, parts: dict[str, Any]) -> tuple[list[dict], bool]:
    """Put a kept training back into its parts; return its history, empty where there was none, and whether it ended."""
    if not kept.found:
        return [], False
    try:
        for name, part in parts.items():
            part.load_state_dict(kept.found[name])
    except (RuntimeError, ValueError, KeyError) as error:  # of weights, of an optimizer's groups
        raise InputError(
            f"{kept.path} holds the training of another network than {parts['model'].name}, or by another version "
            f"({str(error).splitlines()[-1].strip()}); delete it or name another file."
        ) from None
    return kept.found["history"], kept.found["stopped"]
