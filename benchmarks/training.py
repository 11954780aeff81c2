"""One epoch of a ResNet-20 on images of CIFAR-10's size and number.

- *bare steps*: forward, loss, backward and update on one batch that never changes.
- *peer*: the same steps fed by a loader that augments one PIL image at a time (torchvision), in NCHW and float32.

`train` does its steps with augmentation, metrics and the spectra of every default layer on 256 images, before the epoch
and at its end. Measured once.
"""

import pandas as pd
import torch
import torchvision.transforms.v2 as transforms
from timing import report, seconds
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_pil_image

import freqlib as fl
from freqlib.experiments import train
from freqlib.experiments.evaluation.precision import autocast_type, computing_in

IMAGES, BATCH = 50_000, 128
STEPS = IMAGES // BATCH
# Steps of the bare loop and of the peer are all alike, so that some of them do.
SOME = 40


def network() -> nn.Module:
    torch.manual_seed(0)
    return fl.load_model("cifar:resnet20", num_classes=10, normalize=((0.5,) * 3, (0.25,) * 3))


def stepper(model: nn.Module, autocast: str | None = None):
    optimizer = torch.optim.SGD(model.train().parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def step(x, y):
        with computing_in(autocast_type(autocast), x.device):
            logits = model(x)
        loss = nn.functional.cross_entropy(logits.float(), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


class Pictures(Dataset):
    """PIL images in memory."""

    def __init__(self, pixels: torch.Tensor, labels: torch.Tensor):
        self.pictures, self.labels = [to_pil_image(x) for x in pixels], labels
        crop, flip = transforms.RandomCrop(32, padding=4, padding_mode="reflect"), transforms.RandomHorizontalFlip()
        tensor = [transforms.ToImage(), transforms.ToDtype(torch.float32, scale=True)]
        self.transform = transforms.Compose([crop, flip, *tensor])

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, i: int):
        return self.transform(self.pictures[i]), self.labels[i]


def ours(pixels, labels, autocast) -> float:
    model = network()
    some = (pixels[:256], labels[:256])
    record = {"record": lambda net, epoch: {"spectra": fl.feature_spectra(model, some)}}
    options = {"epochs": 1, "batch": BATCH, "autocast": autocast, "progress": False} | record
    return seconds(lambda: train(model, (pixels, labels), **options))


def bare(pixels, labels, autocast) -> float:
    step, x, y = stepper(network(), autocast), pixels[:BATCH], labels[:BATCH]
    step(x, y)
    return seconds(lambda: [step(x, y) for _ in range(SOME)]) * STEPS / SOME


def peer(pixels, labels) -> float:
    step = stepper(network().to(memory_format=torch.contiguous_format))
    few = Pictures(pixels[: SOME * BATCH], labels[: SOME * BATCH])
    batches = DataLoader(few, batch_size=BATCH, shuffle=True, drop_last=True)
    return seconds(lambda: [step(x, y) for x, y in batches]) * STEPS / SOME


def measure() -> pd.DataFrame:
    generator = torch.Generator().manual_seed(0)
    data = torch.rand(IMAGES, 3, 32, 32, generator=generator), torch.arange(IMAGES) % 10
    other, rows = peer(*data), []
    for autocast in (None, "bfloat16"):
        epoch, steps = ours(*data, autocast), bare(*data, autocast)
        row = {"precision": autocast or "float32", "epoch (s)": epoch, "epoch / bare steps": epoch / steps}
        rows.append(row | {"peer / epoch": other / epoch})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    report(measure, __file__)
