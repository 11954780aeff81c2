import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import kernel_history, kernel_spectra, record_kernels, ssr, train
from freqlib.vision import load_model


@pytest.fixture
def net():
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 5), nn.Flatten())


def test_the_history_is_what_the_kernels_were(net):
    states = [{"epoch": 0, **record_kernels(net, 0)}]
    first = kernel_spectra(net)
    with torch.no_grad():
        net[0].weight.mul_(3)
        net[3].weight.zero_()[..., 2, 2] = 1  # a delta is white
    states.append({"epoch": 1, **record_kernels(net, 1)})
    table = kernel_history(pd.DataFrame(states), net)
    zero, one = (table[table.epoch == epoch].reset_index(drop=True) for epoch in (0, 1))
    assert zero.mean_power.tolist() == pytest.approx(first.mean_power.tolist())
    assert one.mean_power[:3].tolist() == pytest.approx((9 * first.mean_power[:3]).tolist())
    # A scale changes no share; a delta's are those of white kernels.
    assert one.energy_share[:3].tolist() == pytest.approx(zero.energy_share[:3].tolist())
    assert one.energy_share[3:].tolist() == pytest.approx(one.null_share[3:].tolist())
    assert ssr(zero, one).ssr[0] == pytest.approx(0, abs=1e-6)


def test_the_history_with_norms_folded_in_is_that_of_folded_kernels():
    model = load_model("cifar:resnet8")
    states = []
    for epoch, gain in enumerate((1.0, 5.0)):
        with torch.no_grad():
            model.network.bn1.weight[0] = gain
        states.append({"epoch": epoch, **record_kernels(model, epoch), **record_kernels(model, epoch, fold_bn=True)})
    history = pd.DataFrame(states)
    stored, folded = (kernel_history(history, model, fold) for fold in (False, True))
    last = folded[folded.epoch == 1]
    assert last.mean_power.tolist() == pytest.approx(kernel_spectra(model, fold_bn=True).mean_power.tolist())
    assert ssr(*(stored[stored.epoch == e] for e in (0, 1))).ssr[0] == 0
    assert ssr(*(folded[folded.epoch == e] for e in (0, 1))).ssr[0] != 0
    with pytest.raises(InputError, match="holds 0 kernel spectra"):
        kernel_history(history[list(stored_names(history))], model, fold_bn=True)


def stored_names(history):
    """The columns of a history without folded kernels."""
    return (name for name in history if not name.startswith("folded"))


def test_the_history_of_a_training_survives_a_csv_and_a_stop(tmp_path):
    data = (torch.rand(16, 1, 8, 8), torch.arange(16) % 2)
    tables = []
    for stops in ((2,), (1, 2)):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(108, 2))
        path = tmp_path / f"{len(stops)}.state"
        for epochs in stops:
            options = {"batch": 8, "resume": path, "record": record_kernels, "progress": False}
            _, history = train(net, data, 2, steps=None, **options) if epochs == 2 else interrupted(net, data, options)
        history.to_csv(tmp_path / "history.csv", index=False)
        tables.append(kernel_history(pd.read_csv(tmp_path / "history.csv"), net))
    assert tables[0].epoch.unique().tolist() == [0, 1, 2]
    pd.testing.assert_frame_equal(*tables)


def interrupted(net, data, options):
    """A training that is killed after its first epoch."""

    def killed(model, epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        return record_kernels(model, epoch)

    with pytest.raises(KeyboardInterrupt):
        train(net, data, 2, **(options | {"record": killed}))
    return net, None


def test_another_model_or_no_kernels_are_refused(net):
    history = pd.DataFrame([{"epoch": 0, **record_kernels(net, 0)}])
    with pytest.raises(InputError, match="holds 9 kernel spectra, but the model has 3"):
        kernel_history(history, nn.Sequential(nn.Conv2d(1, 1, 3)))
    with pytest.raises(InputError, match="holds 0 kernel spectra"):
        kernel_history(history[["epoch"]], net)
