import matplotlib.pyplot as plt
import pandas as pd

from freqlib.report.synthetic_plots import plot_confusions, plot_f1, plot_maps


def test_one_panel_a_set_and_one_line_a_class():
    rows = [
        {"set": name, "seed": seed, "class": c, "step": step, "f1": 0.1 * step}
        for name in ("syn-1", "syn-4") for seed in (0, 1) for c in ("C0", "C3") for step in (0, 5, 10)
    ]  # fmt: skip
    figure = plot_f1(pd.DataFrame(rows))
    assert [ax.get_title() for ax in figure.axes] == ["syn-1", "syn-4"]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["C0", "C3"]
    plt.close(figure)


def test_true_classes_go_downward_and_shares_are_means_over_seeds():
    rows = [
        {"set": "syn-1", "bands": bands, "seed": seed, "true": true, "predicted": predicted,
         "share": 0.5 + 0.1 * seed if true == predicted else 0.2}
        for bands in ("1234", "124") for seed in (0, 1) for true in "ab" for predicted in "ab"
    ]  # fmt: skip
    figure = plot_confusions(pd.DataFrame(rows))
    assert [ax.get_title() for ax in figure.axes] == ["syn-1, B1234", "syn-1, B124"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["55", "20", "20", "55"]
    plt.close(figure)


def test_each_map_has_a_scale_of_its_own():
    table = pd.DataFrame([{"ky": ky, "kx": kx, "loss": 1.0 * ky} for ky in (-1, 0, 1) for kx in (-1, 0, 1)])
    figure = plot_maps({"a": (table, "loss"), "b": (table.rename(columns={"loss": "score"}), "score")})
    titled = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titled == ["a", "b"]
    assert figure.axes[0].images[0].get_clim() == (-1, 1)
    plt.close(figure)
