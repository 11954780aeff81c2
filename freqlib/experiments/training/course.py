"""The steps of a training, epoch by epoch, and when it ends before its last."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from freqlib.errors import InputError
from freqlib.experiments.evaluation.outcomes import as_logits
from freqlib.experiments.evaluation.precision import computing_in
from freqlib.experiments.training.band_filters import STRENGTH, outside


class Target:
    """An accuracy on other images at which a training ends.

    Args:
        score: measures it; None where `until` is.
        until: the share of images that is to be reached, or None to go on to the end.
        within: and how far beyond it counts.
        every: steps between two looks for each point of accuracy that is missing.

    Attributes:
        seen: the last look of this epoch, as a column of the history.
    """

    def __init__(self, score: Callable[[], float] | None, until: float | None, within: float, every: int) -> None:
        self.score, self.until, self.within, self.every = score, until, within, every
        self.seen: dict[str, float] = {}

    def begin(self, top1: float | None) -> None:
        """Begin an epoch, before which the accuracy was this."""
        self.seen = {}
        self._look = 0 if self.until is None else self._next(0, top1)

    def reached(self, step: int, last: bool) -> bool:
        """Tell whether a training may end behind this step; looks if that is due, and at the last of an epoch."""
        if self.until is None or (step < self._look and not last):
            return False
        top1 = self.score()
        self.seen, self._look = {"validation_top1": top1}, self._next(step, top1)
        return self.until <= top1 <= self.until + self.within

    def _next(self, step: int, top1: float) -> int:
        return step + self.every * max(1, int(100 * (self.until - top1)))


@dataclass
class Course:
    """The steps of one training.

    Args:
        network: computes the logits.
        moving: the part of it that is put into training mode.
        penalized: convolutions that pay for leaving their bands.
        optimizer: of the parameters.
        cycle: of its learning rate, step by step.
        pixels: (n, c, h, w), on the network's device.
        labels: (n,) int64, there too.
        batch: images a step.
        steps: of an epoch.
        seed: of order, augmentation and dropout.
        augment: changes a batch by a generator.
        autocast: the network's type, or None.
    """

    network: nn.Module
    moving: nn.Module
    penalized: list[nn.Module]
    optimizer: Optimizer
    cycle: LRScheduler
    pixels: Tensor
    labels: Tensor
    batch: int
    steps: int
    seed: int
    augment: Callable[..., Tensor]
    autocast: torch.dtype | None

    def epoch(self, number: int, target: Target, tick: Callable[[], object]) -> tuple[dict[str, float], bool]:
        """Take the steps of an epoch.

        Args:
            number: of the epoch, from 1; its draws depend on it and the seed alone.
            target: may end it early.
            tick: called behind every step.

        Returns:
            A row of the history, and whether the target is reached.

        Raises:
            InputError: the loss is NaN or infinite.
        """
        started, reached = time.perf_counter(), False
        generator = torch.Generator().manual_seed(self.seed * 100_003 + number)
        torch.manual_seed(self.seed * 100_003 + number)  # dropout
        order = torch.randperm(len(self.labels), generator=generator)
        loss, hits = (torch.zeros((), device=self.pixels.device) for _ in range(2))
        self.moving.train()
        for step in range(1, self.steps + 1):
            chosen = order[(step - 1) * self.batch : step * self.batch].to(self.pixels.device)
            own, right = self._step(self.augment(self.pixels[chosen], generator=generator), self.labels[chosen])
            loss += own
            hits += right
            tick()
            if reached := target.reached(step, step == self.steps):
                break
        if not loss.isfinite():
            raise InputError(
                f"The training loss is {loss.item()} in epoch {number}; try a smaller lr than {self.cycle.base_lrs[0]}."
            )
        row = {"epoch": number, "loss": loss.item() / step, "top1": hits.item() / step / self.batch, "steps": step}
        row |= target.seen | {"lr": self.cycle.get_last_lr()[0], "seconds": time.perf_counter() - started}
        return row, reached

    def _step(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step; return the batch's loss without any penalty, and how many were right."""
        with computing_in(self.autocast, x.device):
            logits = as_logits(self.network(x))  # in training mode a network may return more
        loss = nn.functional.cross_entropy(logits.float(), labels)
        penalty = STRENGTH * sum(outside(module.weight).sum() for module in self.penalized)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + penalty).backward()
        self.optimizer.step()
        self.cycle.step()
        return loss.detach(), (logits.argmax(1) == labels).sum()
