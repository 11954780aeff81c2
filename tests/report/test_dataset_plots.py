import matplotlib.pyplot as plt
import pandas as pd
import torch

from freqlib.experiments import adcs
from freqlib.report.dataset_plots import plot_adcs, plot_matrix


def test_a_map_has_dc_in_the_middle_and_is_red_where_the_class_has_more():
    bright = torch.ones(2, 1, 8, 8)
    figure = plot_adcs(adcs((torch.cat([bright, 0 * bright]), torch.tensor([0, 0, 1, 1]))))
    first, second = (ax.images[0] for ax in figure.axes[:2])
    assert first.get_array()[4, 4] == 1
    assert second.get_array()[4, 4] == -1
    assert first.get_extent() == [-4.5, 3.5, 3.5, -4.5]
    plt.close(figure)


def test_the_matrix_has_training_downward_and_the_mean_over_seeds():
    rows = [
        ("high-2", "high:2", 0, 0.1),
        ("high-2", "original", 0, 1.0),
        ("original", "high:2", 0, 0.2),
        ("original", "high:2", 1, 0.4),
        ("original", "original", 0, 0.5),
    ]
    ax = plot_matrix(pd.DataFrame(rows, columns=["trained_on", "variant", "seed", "top1"]))
    assert [t.get_text() for t in ax.texts] == ["50.0", "30.0 ± 14.1", "100.0", "10.0"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["original (2)", "high-2 (1)"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["original", "high:2"]
    assert [patch.get_xy() for patch in ax.patches] == [(0, 0), (1, 1)]
    assert ax.get_ylabel() == "trained on (seeds)"
    plt.close(ax.figure)
