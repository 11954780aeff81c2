import functools
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import accuracy, train
from freqlib.experiments.training.augment import augment_batch
from freqlib.experiments.training.course import Course, Target
from freqlib.experiments.training.optimizers import SCHEDULES
from freqlib.vision import as_images, load_model


def task(n=96):
    """Bright squares against dark ones, with noise: learned in a few steps."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    x = torch.rand(n, 1, 8, 8, generator=generator) * 0.5 + 0.5 * labels[:, None, None, None]
    return as_images((x, labels))


def network(dropout=0.0):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(256, 2),
    )


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_training_learns(optimizer):
    data = task()
    model, history = train(network(), data, epochs=3, batch=16, optimizer=optimizer, progress=False, validate=data)
    assert accuracy(model, data) > 0.95
    assert history.epoch.tolist() == [0, 1, 2, 3]
    assert history.loss.iloc[-1] < history.loss.iloc[1]
    assert history.validation_top1.iloc[-1] == accuracy(model, data)
    assert not model.training


PRECISIONS = pytest.mark.parametrize("autocast", [None, "bfloat16"])


def test_training_needs_no_gradients_of_the_caller():
    whole, _ = train(network(), task(), 1, 0, progress=False)
    with torch.no_grad():
        other, _ = train(network(), task(), 1, 0, progress=False)
    assert torch.equal(weights(whole), weights(other))


def test_bfloat16_is_the_networks_alone():
    seen = []
    model = network()
    model[0].register_forward_hook(lambda module, x, y: seen.append(y.dtype))
    _, history = train(model, task(), epochs=3, batch=16, autocast="bfloat16", validate=task(), progress=False)
    assert set(seen[1:]) == {torch.bfloat16}  # the first is the check that the model fits the labels
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    assert history.validation_top1.iloc[-1] > 0.95
    plain, _ = train(network(), task(), epochs=3, batch=16, progress=False)
    apart = (weights(plain) - weights(model)).norm() / weights(plain).norm()
    assert 0 < apart < 2 * torch.finfo(torch.bfloat16).eps


@PRECISIONS
def test_training_repeats_bit_for_bit_from_a_seed(autocast):
    first, second, other = (
        weights(train(network(0.3), task(), epochs=2, batch=16, seed=seed, autocast=autocast, progress=False)[0])
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@PRECISIONS
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_a_training_that_was_killed_goes_on_to_the_same_weights(tmp_path, autocast, optimizer):
    arguments = {"epochs": 4, "batch": 16, "seed": 3, "autocast": autocast, "optimizer": optimizer, "progress": False}
    whole, history = train(network(0.3), task(), **arguments)

    def dies(model, epoch):
        if epoch == 3:
            raise KeyboardInterrupt
        return {}

    state = tmp_path / "state.pt"
    with pytest.raises(KeyboardInterrupt):
        train(network(0.3), task(), record=dies, resume=state, **arguments)
    torch.manual_seed(99)  # whatever happened in between
    resumed, again = train(network(0.3), task(), resume=state, **arguments)
    assert torch.equal(weights(whole), weights(resumed))
    assert again.loss.tolist()[1:] == history.loss.tolist()[1:]


def test_a_training_whose_process_was_killed_goes_on_to_the_same_weights(tmp_path):
    state = tmp_path / "state.pt"
    start = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import os, signal, torch\n"
        f"from test_train import *; torch.set_num_threads({torch.get_num_threads()})\n"
        "die = lambda model, epoch: {} if epoch < 3 else os.kill(os.getpid(), signal.SIGKILL)\n"
        f"train(network(0.3), task(), epochs=4, batch=16, seed=3, progress=False, record=die, resume={str(state)!r})"
    )
    assert subprocess.run([sys.executable, "-c", start], check=False).returncode == -signal.SIGKILL
    arguments = {"epochs": 4, "batch": 16, "seed": 3, "progress": False}
    whole, _ = train(network(0.3), task(), **arguments)
    resumed, history = train(network(0.3), task(), resume=state, **arguments)
    assert torch.equal(weights(whole), weights(resumed))
    assert len(history) == 5


def test_a_state_of_another_training_is_refused(tmp_path):
    state = tmp_path / "state.pt"
    train(network(), task(), epochs=1, batch=16, resume=state, progress=False)
    with pytest.raises(InputError, match=r"weight_decay=0.0005, not 0.1"):
        train(network(), task(), epochs=1, batch=16, weight_decay=0.1, resume=state, progress=False)


def test_a_state_of_other_images_or_labels_is_refused(tmp_path):
    state, (pixels, labels, _) = tmp_path / "state.pt", next(iter(task().batches(96)))
    options = {"epochs": 1, "batch": 16, "resume": state, "progress": False}
    train(network(), (pixels, labels), **options)
    for other in ((1 - pixels, labels), (pixels, 1 - labels)):
        with pytest.raises(InputError, match="holds other progress, with images="):
            train(network(), other, **options)
    state.write_bytes(b"cut short")
    with pytest.raises(InputError, match="cannot be read as kept progress"):
        train(network(), (pixels, labels), **options)


def test_weight_decay_shrinks_weights_and_spares_biases_and_norms():
    frozen = {"epochs": 1, "batch": 96, "lr": 0.5, "augment": "none", "progress": False}
    blank = as_images((torch.zeros(96, 1, 8, 8), torch.arange(96) % 2))
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    after = train(model, blank, weight_decay=0.2, **frozen)[0].state_dict()
    # On black images the first convolution gets no gradient: one Nesterov step shrinks it by lr x decay x 1.9.
    assert torch.allclose(after["0.weight"], before["0.weight"] * (1 - 0.5 * 0.2 * 1.9), atol=1e-6)
    assert torch.equal(after["1.weight"], before["1.weight"])


def test_record_joins_the_history_from_the_untrained_model_on():
    _, history = train(network(), task(), 2, batch=16, record=lambda m, e: {"twice": 2 * e}, progress=False)
    assert history.twice.tolist() == [0, 2, 4]


def test_steps_cut_an_epoch_short():
    seen = []
    model = network()
    model.register_forward_pre_hook(lambda m, args: seen.append(len(args[0])) if m.training else None)
    train(model, task(), epochs=2, batch=16, steps=2, progress=False)
    assert seen == [16] * 4


def test_until_ends_a_training_at_an_accuracy_and_keeps_what_was_reached(tmp_path):
    data, state = task(), tmp_path / "state.pt"
    arguments = {"epochs": 9, "batch": 16, "until": 0.9, "every": 2, "validate": data, "progress": False}
    model, history = train(network(), data, resume=state, **arguments)
    assert accuracy(model, data) >= 0.9
    assert 1 < len(history) < 10
    assert history.steps.iloc[-1] % 2 == 0
    assert history.validation_top1.iloc[-1] == accuracy(model, data)
    again, same = train(network(), data, resume=state, **arguments)  # a finished training stays as it is
    assert torch.equal(weights(again), weights(model))
    assert same.steps.tolist() == history.steps.tolist()


def test_a_training_that_is_past_the_accuracy_goes_on():
    data = task()
    _, history = train(network(), data, 3, batch=16, until=0.6, within=0.001, every=1, validate=data, progress=False)
    seen = history.validation_top1.iloc[-1]
    # Two classes of 48 images: shares go by 1/96, so that none lies from .6 to .601, and no look ends the training.
    assert len(history) == 4
    assert seen > 0.601


def test_far_from_until_the_looks_are_rare():
    seen, data, model = [], task(), network()
    model.register_forward_pre_hook(lambda m, args: seen.append(1) if not m.training else None)
    train(model, data, 2, batch=16, until=1.0, every=1, lr=1e-9, validate=data, progress=False)
    # Half the images are missing, 50 steps between looks: before the first epoch and at the end of the two. One image
    # is run before all else, to see whether the labels fit.
    assert len(seen) == 1 + 1 + 2


def test_a_training_that_never_gets_there_ends_with_its_epochs():
    data = task()
    _, history = train(network(), data, 2, batch=16, until=1.0, every=100, lr=1e-9, validate=data, progress=False)
    assert history.epoch.tolist() == [0, 1, 2]
    # The end of an epoch is looked at too, although 100 steps never come.
    _, history = train(network(), data, 9, batch=16, until=0.9, every=100, validate=data, progress=False)
    assert len(history) < 10


def test_trap_10_a_circular_shift_changes_no_amplitude():
    x = torch.rand(5, 2, 8, 8, dtype=torch.float64)
    shifted = augment_batch(x, "shift", torch.Generator().manual_seed(0))
    assert not torch.equal(shifted, x)
    assert torch.allclose(torch.fft.fft2(shifted).abs(), torch.fft.fft2(x).abs(), atol=1e-10)
    cropped = augment_batch(x, "crop-flip", torch.Generator().manual_seed(0))
    assert not torch.allclose(torch.fft.fft2(cropped).abs(), torch.fft.fft2(x).abs(), atol=1e-3)


def test_crop_and_flip_shift_by_an_eighth_at_most():
    x = torch.zeros(200, 1, 16, 16)
    x[:, :, 8, 5] = 1
    y = augment_batch(x, "crop-flip", torch.Generator().manual_seed(0))
    rows, columns = y[:, 0].amax(2).argmax(1), y[:, 0].amax(1).argmax(1)
    assert set(rows.tolist()) == {6, 7, 8, 9, 10}
    assert set(columns.tolist()) == {3, 4, 5, 6, 7} | {8, 9, 10, 11, 12}  # mirrored: 15 - 5 = 10
    assert torch.equal(augment_batch(x, "none", torch.Generator()), x)


def test_a_training_takes_any_change_of_a_batch_and_repeats_it(tmp_path):
    seen = []

    def dimmed(x, generator):
        seen.append(float(x.max()))
        return x * torch.rand(len(x), 1, 1, 1, generator=generator)

    arguments = {"epochs": 2, "batch": 16, "augment": dimmed, "progress": False}
    one, two = (train(network(), task(), **arguments)[0] for _ in range(2))
    plain, _ = train(network(), task(), **{**arguments, "augment": "none"})
    assert torch.equal(weights(one), weights(two))
    assert not torch.equal(weights(one), weights(plain))
    assert len(seen) == 4 * (len(task().labels) // 16)  # every batch of both, once
    train(network(), task(), resume=tmp_path / "state", **arguments)
    for nameless in (lambda x, generator: x, functools.partial(dimmed)):
        with pytest.raises(InputError, match="has no name by which a resumed training"):
            train(network(), task(), resume=tmp_path / "other", **{**arguments, "augment": nameless})
    with pytest.raises(InputError, match="augment"):
        train(network(), task(), resume=tmp_path / "state", **{**arguments, "augment": "none"})


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"epochs": 0}, "epochs is 0, but must be a whole number of 1 or more"),
        ({"steps": -1}, "steps is -1"),
        ({"optimizer": "lion"}, "choose one of: sgd, adam, adamw"),
        ({"augment": "mixup"}, "choose one of: crop-flip, shift, none"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0, but must be 0 or more"),
        ({"noise": float("nan")}, "noise is nan, but must be 0 or more"),
        ({"lr": 0.0}, "lr is 0.0, but must be above 0"),
        ({"augment": lambda x, g: x[:3], "batch": 8}, "augment returns 3 images for a batch of 8"),
        ({"augment": lambda x, g: None}, "augment returns a NoneType for a batch of 96"),
        ({"record": lambda model, epoch: 1.0}, "record returns a float; it must return a dict"),
        ({"autocast": "float8"}, "choose one of: bfloat16, float16"),
        ({"until": 0.9}, "until=0.9, within=1.0 and every=10 do not end a training"),
        ({"noise": 0.1, "data": (3 * torch.randn(8, 1, 8, 8), torch.arange(8) % 2)}, "Pixels run from"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_what_makes_no_training_is_refused(arguments, part):
    with pytest.raises(InputError, match=part):
        train(network(), **({"data": task(), "epochs": 1, "progress": False} | arguments))


@pytest.mark.parametrize("augment", ["crop-flip", "shift", "none"])
def test_grey_images_train_networks_that_use_view(augment):
    """A batch of one channel must not look as if its channels lay last, or view() fails behind a convolution."""

    class Viewing(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(256, 2)

        def forward(self, x):
            maps = self.conv(x)
            return self.fc(maps.view(maps.size(0), -1))

    train(Viewing(), task(), 1, augment=augment, progress=False)
    for channels in (1, 3):
        x = torch.rand(6, channels, 8, 8)
        assert augment_batch(x, augment, torch.Generator().manual_seed(0)).stride() == x.stride()


def test_a_network_that_returns_more_than_logits_in_training_is_refused():
    class Auxiliary(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))

        def forward(self, x):
            return (self.fc(x), self.fc(x)) if self.training else self.fc(x)

    net, data = Auxiliary(), task()
    stepper = torch.optim.SGD(net.parameters(), 0.1)
    cycle = torch.optim.lr_scheduler.ConstantLR(stepper)
    course = Course(net, net, [], stepper, cycle, data.pixels, data.labels, 32, 3, 0, lambda x, generator: x, None)
    with pytest.raises(InputError, match="The model returns tuple for a batch of images, but must return"):
        course.epoch(1, Target(None, None, 1.0, 10), lambda: None)


def test_numbers_of_numpy_and_torch_in_the_record_do_not_keep_a_training_from_going_on(tmp_path):
    def record(model, epoch):
        return {"a": np.float64(epoch), "b": torch.tensor(2.0), "c": 3}

    options = {"batch": 16, "record": record, "resume": tmp_path / "state", "progress": False}
    once = train(network(), task(), 1, **options)[1]
    again = train(network(), task(), 1, **options)[1]
    assert once.equals(again)
    assert once[["a", "b", "c"]].iloc[1].tolist() == [1, 2, 3]


def test_the_state_of_another_network_is_refused(tmp_path):
    nets = [nn.Sequential(nn.Flatten(), nn.LazyLinear(n), nn.Linear(n, 2)) for n in (4, 5)]
    for net in nets:
        net(task().pixels[:1])
    options = {"epochs": 1, "batch": 16, "resume": tmp_path / "state", "progress": False}
    train(nets[0], task(), **options)
    with pytest.raises(InputError, match="holds other progress, with layers of the model="):
        train(nets[1], task(), **options)


def test_the_state_of_a_training_with_another_preprocessing_is_refused(tmp_path):
    options = {"epochs": 1, "batch": 16, "resume": tmp_path / "state", "progress": False}
    train(load_model(network(), normalize="half"), task(), **options)
    with pytest.raises(InputError, match="holds other progress"):
        train(load_model(network(), normalize="none"), task(), **options)


def test_what_a_network_makes_in_its_first_pass_does_not_keep_it_from_training():
    class Scaled(nn.Module):
        table = None

        def forward(self, x):
            self.table = torch.ones(x.shape[1:]) if self.table is None else self.table
            return x * self.table

    lazy = nn.Sequential(nn.LazyConv2d(4, 3), Scaled(), nn.Flatten(), nn.LazyLinear(2))
    with torch.inference_mode():
        train(lazy, task(), 1, batch=16, progress=False)
    net = nn.Sequential(Scaled(), nn.Flatten(), nn.Linear(64, 2))
    accuracy(net, as_images((torch.rand(4, 1, 8, 8), torch.arange(4) % 2)))
    net(torch.rand(2, 1, 8, 8, requires_grad=True)).sum().backward()


def test_several_numbers_under_one_name_of_the_record_are_refused():
    for value in (torch.rand(2), np.ones(2)):
        with pytest.raises(InputError, match="several numbers under one name"):
            train(network(), task(), 1, batch=16, progress=False, record=lambda model, epoch, v=value: {"a": v})


def test_a_place_that_takes_no_file_is_refused_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a file or folder is in the way"):
        train(network(), task(), 1, resume=tmp_path / "file" / "state", record=lambda *_: 1 / 0, progress=False)


def test_the_state_of_another_optimizer_is_refused(tmp_path):
    """As an earlier version of this package left it, whose parameters were grouped otherwise."""
    options = {"epochs": 1, "batch": 16, "resume": tmp_path / "state", "progress": False}
    train(network(), task(), **options)
    state = torch.load(options["resume"], weights_only=True)
    state["optimizer"]["param_groups"].reverse()
    torch.save(state, options["resume"])
    with pytest.raises(InputError, match="by another version"):
        train(network(), task(), **options)


def test_a_file_that_is_no_state_is_refused(tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "state")
    with pytest.raises(InputError, match="cannot be read as kept progress"):
        train(network(), task(), 1, resume=tmp_path / "state", progress=False)


def test_a_loss_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="try a smaller lr"):
        train(network(), task(), epochs=2, batch=16, lr=1e30, progress=False)


def test_the_cifar_networks_can_be_trained():
    data = as_images((torch.rand(16, 1, 32, 32), torch.arange(16) % 3))
    for name in ("cifar:resnet20", "cifar:vit"):
        model = load_model(name, num_classes=3, in_chans=1)
        before = weights(model)
        train(model, data, epochs=1, batch=8, progress=False)
        assert not torch.equal(weights(model), before)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_trap_16_coupled_and_decoupled_decay_differ_in_adam_alone(optimizer):
    """Without a gradient of the loss, coupled decay in plain SGD is a shrinking by lr * decay, as decoupled decay is
    everywhere; Adam divides the decay's gradient by its own size, so that it takes a whole step whatever its size."""
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        net[1].weight.fill_(0.5)
    # All inputs are 0, so the loss has no gradient; one step, at the peak of the warm-up.
    data = (torch.zeros(8, 1, 2, 2), torch.arange(8) % 2)
    options = {"lr": 0.1, "batch": 8, "augment": "none", "progress": False}
    train(net, data, 1, weight_decay=0.01, optimizer=optimizer, **options)
    shrunk = 0.5 * (1 - 0.1 * 0.01 * (1.9 if optimizer == "sgd" else 1))  # Nesterov: 1 + momentum in the first step
    expected = 0.5 - 0.1 if optimizer == "adam" else shrunk
    assert net[1].weight.flatten().tolist() == pytest.approx([expected] * 8, rel=1e-5)


def test_what_must_not_move_does_not():
    net = network()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    trained, _ = train(net, task(), epochs=1, batch=16, only="5", progress=False)
    moved = {key for key, value in trained.state_dict().items() if not torch.equal(value, before[key])}
    assert moved == {"5.weight", "5.bias"}  # no statistic of the batch norm, either
    assert all(p.requires_grad for p in net.parameters())
    net[5].requires_grad_(False)
    with pytest.raises(InputError, match="nothing can be trained"):
        train(net, task(), epochs=1, batch=16, only="5", progress=False)
    with pytest.raises(InputError, match="nothing can be trained"):
        train(net.requires_grad_(False), task(), epochs=1, batch=16, progress=False)


def test_noise_is_drawn_from_the_seed_and_stays_in_the_picture():
    x = torch.rand(64, 1, 8, 8)
    noisy, again, clean = (
        augment_batch(x, "none", torch.Generator().manual_seed(3), noise) for noise in (0.1, 0.1, 0.0)
    )
    assert torch.equal(noisy, again)
    assert torch.equal(clean, x)
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    inside = (x > 0.4) & (x < 0.6)
    assert abs((noisy - x)[inside].std() - 0.1) < 0.01


def test_a_constant_rate_stays_what_it_is():
    _, history = train(network(), task(), epochs=2, batch=16, schedule="constant", lr=0.01, progress=False)
    assert history.lr.tolist() == [0.0, 0.01, 0.01]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"only": "6"}, "Unknown module '6'; choose one of: 0"),
        ({"noise": -1.0}, "noise is -1.0"),
        ({"schedule": "wave"}, "Unknown schedule 'wave'; choose one of: cycle, constant"),
    ],
)
def test_parts_noise_and_schedules_that_do_not_exist_are_refused(options, told):
    with pytest.raises(InputError, match=told):
        train(network(), task(), epochs=1, progress=False, **options)


def test_what_is_frozen_is_the_same_after_a_stop_however_the_model_comes(tmp_path):
    def fresh():
        return nn.Sequential(network()[:3], nn.Flatten(), network()[5]).train()

    options = {"epochs": 3, "batch": 16, "only": "2", "progress": False}
    whole, _ = train(fresh(), task(), **options)

    def dies(model, epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        return {}

    state = tmp_path / "state.pt"
    with pytest.raises(KeyboardInterrupt):
        train(fresh(), task(), record=dies, resume=state, **options)
    resumed, _ = train(fresh(), task(), resume=state, **options)
    assert torch.equal(weights(whole), weights(resumed))
    assert torch.equal(resumed[0][1].running_mean, torch.zeros(4))


def test_a_network_that_is_named_comes_back_trained():
    images = (torch.rand(8, 3, 32, 32), torch.arange(8) % 2)
    model, history = train("cifar:resnet8", images, epochs=1, batch=4, augment="none", progress=False)
    assert model(images[0]).shape == (8, 10)
    assert not model.training
    assert len(history) == 2


def test_a_float16_training_and_a_record_that_hides_a_column_are_refused():
    net, data = nn.Sequential(nn.Flatten(), nn.Linear(192, 2)), (torch.rand(8, 3, 8, 8), torch.arange(8) % 2)
    with pytest.raises(InputError, match="float16 would want its loss scaled"):
        train(net, data, epochs=1, autocast="float16", progress=False)
    with pytest.raises(InputError, match="record returns 'loss', which the history has"):
        train(net, data, epochs=1, batch=4, record=lambda model, epoch: {"loss": 0.0}, progress=False)


def test_a_training_leaves_the_callers_random_numbers_as_they_were():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    data, net = task(), network()
    torch.manual_seed(3)
    train(net, data, 1, batch=16, progress=False)
    assert torch.equal(torch.rand(2), expected)


def test_a_training_that_fails_leaves_the_mode_of_the_network():
    class Fails(nn.Module):
        def forward(self, x):
            if self.training:
                raise ValueError("no")
            return x

    net = nn.Sequential(Fails(), nn.Flatten(), nn.Linear(64, 2)).eval()
    with pytest.raises(ValueError, match="no"):
        train(net, (torch.rand(8, 1, 8, 8), torch.arange(8) % 2), 1, batch=4, augment="none", progress=False)
    assert not any(module.training for module in net.modules())


def test_noise_reaches_the_network_in_every_step_and_stays_within_the_pixels_range() -> None:
    """Of constant images a batch norm sees the variance of the noise; of white ones half of it is clamped away."""
    net = nn.Sequential(nn.BatchNorm2d(1, momentum=1.0), nn.Flatten(), nn.Linear(64, 2))
    for value, variance in ((0.5, 0.01), (1.0, 0.01 * (0.5 - 0.5 / torch.pi))):
        data = (torch.full((64, 1, 8, 8), value), torch.arange(64) % 2)
        train(net, data, epochs=1, noise=0.1, batch=64, progress=False)
        assert float(net[0].running_var) == pytest.approx(variance, rel=0.06)


def test_the_cycle_rises_evenly_over_its_warm_up_and_falls_evenly_to_zero():
    rates = [SCHEDULES["cycle"](step, 100) for step in range(101)]
    assert rates[:20] == pytest.approx([(step + 1) / 20 for step in range(20)])
    assert rates[20:] == pytest.approx([(100 - step) / 80 for step in range(20, 101)])
