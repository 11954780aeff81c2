# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Can training change the spectrum?
#
# A network keeps the frequencies that its training made useful. This chapter keeps the data set and the layout of the
# network and changes one thing at a time: the head that reads the last map, the filters, or noise on the training
# images. Then it asks what each change did to the spectrum of the features, to accuracy on corrupted images, and to
# the perturbations that are meant to fool the network.
#
# ## Claims and verdicts
#
# - **C8** Joint training with a more expressive head changes the spectrum of the representation (S0 asks this and
#   does not answer it). *{glue:text}`verdict_C8`*
# - **C17** Anti-aliased filters {cite}`zhang2019making`, or filters held to band-pass responses, improve accuracy or
#   robustness (S4). *{glue:text}`verdict_C17`*
#
# S4 adds that many attacks can be detected by their spectrum, which step 4 looks at.
#
# The verdicts come from the results at scale, not from the live run; their rules are in the
# [ledger of claims](../claims.md).
#
# ## In short
#
# Yes, a little. With a convolution or attention as head the last map's centroid rises by {glue:text}`moved_conv` and
# {glue:text}`moved_attention` cycles per image (on {glue:text}`moved_on:.2f`), with an MLP it moves by
# {glue:text}`moved_mlp`; what probes can use of the high half falls. Of all heads only the jointly trained attention
# uses that half itself: {glue:text}`used_attention` points are lost without it, on the frozen backbone
# {glue:text}`used_frozen-attention`. Of the filters only blur clearly helps, and only on clean images; band-pass
# filters lose on every test
# ({glue:text}`found_C17`). Attacks leave marks in the spectrum: a detector that was fitted on them separates attacked from untouched images
# with an area under the ROC curve of {glue:text}`told_rings` % by rings and of {glue:text}`told_colour` % by rings of
# colour; it separates random signs, which are no attack, as well, and attacks from these less well.

# %% [markdown]
# ## Method
#
# **Heads.** The last map of a ResNet goes through an average, which is its DC coefficient. Whatever a linear head or
# an MLP does after that average, it does with DC alone. A convolution or attention in front of it can read every
# frequency. Each head is trained twice: *jointly* with the backbone, and alone on the *frozen* backbone of the
# network with the linear head, whose spectra are then the same by construction.
#
# **Filters.** *blur* blurs wherever the resolution is halved. *constrained* holds every 3×3 filter to one radius of
# its own Fourier transform, which has three, in turn over the channels of a layer. With $w$ all weights of one output
# channel and $P_b w$ what is left of them when only the cells on radius $b$ are kept,
#
# $$w \leftarrow P_b\,w, \qquad \text{or } \textit{penalized}\text{:}\quad
# L = L_\text{cross-entropy} + \lambda \sum_w \frac{\lVert w - P_b w \rVert^2}{\lVert w \rVert^2}$$
#
# with $\lambda =$ {glue:text}`strength_05`, set by hand and not tuned: for a ResNet-20 with random weights the
# penalty is {glue:text}`penalty_05:.1f`, where the cross-entropy of ten classes is {glue:text}`entropy_05:.1f`. It
# rules the first steps, and at the end of a training little is left outside the bands (step 3): a second way to hold
# filters to a band, not a mild one. One argument of `fl.train` switches either on. The bands are those of the 3×3
# grid; between its cells a small filter responds to every frequency, so that no filter of this size is an ideal
# band-pass. *noise* adds Gaussian noise of 0.1 to every training image, clamped to [0, 1]. The statistics of its
# batch norms are then those of noisy images, and clean ones are the unusual case.
#
# **Attacks.** The fast gradient sign method {cite}`goodfellow2015explaining` and projected gradient descent
# {cite}`madry2018towards`, by the Adversarial Robustness Toolbox {cite}`nicolae2018adversarial`. No pixel changes by
# more than {glue:text}`eps_05:.0f`/255; the second takes {glue:text}`steps_05` steps from one random start. What is
# looked at is the perturbation alone, whether it fooled the network or not: its energy at every radius, and the
# accuracy that is left when the attacked images are blurred. Both attacks go by the sign of the gradient, which
# spreads the energy toward white: networks can be compared with each other, less so with the white line.
#
# The live run is on photo-patches, whose labels are tied to camera and compression: it only shows how things are
# measured.

# %% tags=["hide-input"]
import json
import os
from math import inf, log
from pathlib import Path

import pandas as pd
import seaborn as sns
import torch
from IPython.display import display
from myst_nb import glue

import freqlib as fl
from freqlib.experiments import accuracy, attack, collapse, detection
from freqlib.experiments.evaluation.intervals import written
from freqlib.experiments.perturbations.attacks import ATTACKS, STEPS
from freqlib.experiments.training.band_filters import STRENGTH, band_filters, outside, straying
from freqlib.report import claims
from freqlib.report.networks.checkpoints import asked_training, trained
from freqlib.report.networks.recipes import RECIPES, STRATEGIES
from freqlib.report.plots import panels
from freqlib.report.plots.decay import plot_levels
from freqlib.report.results import load_table
from freqlib.report.results.chapter import Chapter, check_tables, kept_as
from freqlib.report.results.stored import each, stored
from freqlib.report.runs.profiles import checkout
from freqlib.vision import variant

PARTS = ["robustness", "centroids", "spectra", "halves", "probes", "kernels", "strayed"]
PARTS += ["attacks", "perturbations", "areas"]
sns.set_theme(style="white", context="notebook", font_scale=0.8, palette="colorblind")
os.chdir(checkout())  # where the paths below begin, also if Jupyter has started in notebooks/
glue("strength_05", STRENGTH, display=False)
torch.manual_seed(0)
with band_filters(fl.load_model("cifar:resnet20", num_classes=10), "penalized") as held:
    glue("penalty_05", float(STRENGTH * sum(outside(module.weight.detach()).sum() for module in held)), display=False)
glue("entropy_05", log(10), display=False)
glue("steps_05", STEPS, display=False)

# %% [markdown]
# ### Parameters
#
# A strategy is what is changed about a plain training, `original`, whose head is linear: a joint head (`mlp`, `conv`,
# `attention`), the same head on the frozen backbone (`frozen-mlp`, ...), `blur`, `constrained`, `penalized`, or
# `noise`. Each is a recipe in `freqlib.report.networks.recipes`.

# %% tags=["parameters"]
dataset: str = "photo-patches"  # as load_data takes it
network: str = "resnet8"  # of the cifar ResNets, resnet8 to resnet56
limit: int = 240  # test images, a stratified draw; 0 for all
strategies: list[str] = [
    "original",
    "mlp",
    "conv",
    "attention",
    "frozen-mlp",
    "frozen-conv",
    "frozen-attention",
    "blur",
    "constrained",
    "penalized",
    "noise",
]  # what to compare, the plain training first
seeds: list[int] = [0]  # of the trainings
checkpoints: str = "data/checkpoints"  # the folder with the networks, DATASET_NETWORK_STRATEGY_SEED
train: bool = False  # train the networks that are not there, or were trained otherwise
epochs: int = 0  # of these trainings; 0 for the recipe's
autocast: str = ""  # their precision, such as bfloat16, which halves their time on new processors; "" for the recipe's
swept: int = 0  # test images for what each network does with one half of the spectrum; 0 for those of limit
fit: int = 480  # training images for the probes; 0 for no probes
variants: list[str] = ["original", "noise:0.05", "noise:0.1", "pixels:24", "pixels:16"]  # of the test images
attacks: list[str] = ["fgsm", "pgd"]  # [] for none
attacked: int = 48  # test images that are attacked
eps: float = 2.0  # largest change of a pixel, of 255
short_steps: int = 30  # of the trainings that are done here; 0 for none
train_steps: int = 0  # if not 0, train every network anew for one epoch of so many steps instead of loading it
results: str = ""  # name under which the tables are kept in data/results/05_training_strategy; "" keeps none
tables: list[str] = []  # parts of these results to compute, the others being read; [] for all

# %% tags=["hide-input"]
for strategy in strategies:
    if strategy not in STRATEGIES:
        raise fl.InputError(f"strategies holds {strategy!r}, but must be some of {', '.join(STRATEGIES)}.")
if strategies[:1] != ["original"] or not seeds:
    raise fl.InputError(
        f"strategies is {strategies} for seeds {seeds}, but must begin with 'original', for one seed or more."
    )
check_tables(tables, PARTS, results, train_steps)
if variants[:1] != ["original"]:
    raise fl.InputError(f"variants is {variants}, but must begin with 'original'.")
for kind in attacks:
    if kind not in ATTACKS:
        raise fl.InputError(f"attacks holds {kind!r}, but must be some of {', '.join(ATTACKS)}.")
if attacks and (not 0 < eps <= 255 or attacked < 10):
    raise fl.InputError(f"eps is {eps} and attacked {attacked}, but must be above 0, at most 255, and 10 or more.")
glue("eps_05", eps, display=False)
named = {(strategy, seed): f"{dataset}_{network}_{strategy}_{seed}" for strategy in strategies for seed in seeds}
if unknown := sorted(set(named.values()) - set(RECIPES)):
    raise fl.InputError(f"There is no recipe {unknown[0]!r} in freqlib.report.networks.recipes; add it there.")
data = fl.load_data(dataset, limit=limit or None)
for form in variants:  # what is wrong is refused before any training
    variant(data.select([0]), form)
if train_steps:  # in a folder of their own, so that nothing takes them for trained networks
    checkpoints, train, epochs = ".cache/checkpoints/short", True, 1
wanted = {"epochs": epochs or None, "steps": train_steps or None, "autocast": autocast or None}
for name in named.values():
    trained(name, checkpoints, missing=train, **wanted)
networks = {
    cell: fl.load_model(RECIPES[name]["model"], weights=f"{checkpoints}/{name}.safetensors")
    for cell, name in named.items()
}
last = fl.layers(networks[strategies[0], seeds[0]]).query("default").name.iloc[-1]
settings = {
    "dataset": dataset, "network": network, "limit": limit, "strategies": strategies, "seeds": seeds, "epochs": epochs,
    "training": {name: asked_training(name, **wanted) for name in named.values()},
}  # fmt: skip


def measure(part, experiment, *arguments, **options):
    """One experiment; with `results` its table is kept, or read if only others are asked for."""
    path = f"data/results/05_training_strategy/{kept_as(results, epochs)}_{part}.csv" if results else None
    if path and part not in (tables or [part]):
        return load_table(path)
    return stored(experiment, path, settings, *arguments, **options)


def of_each(experiment, *arguments, cells=None, resume=None, **options):
    """One experiment on every network, or on some."""
    some = {(dataset, *cell): networks[cell] for cell in cells or networks}
    return each(experiment, some, ["dataset", "strategy", "seed"], *arguments, resume=resume, **options)


images = {"images": len(data), "classes": len(data.classes), "chance (%)": 100 / len(data.classes), "last layer": last}
pd.DataFrame([images]).style.format(precision=1).hide()

# %% [markdown]
# ## Step 1: heads, joint and frozen

# %% tags=["hide-input"]
robust = measure("robustness", of_each, fl.robustness, data, variants, progress=False)


def joint_and_frozen(robust):
    """Top-1 with each head, trained with the backbone and on the plain network's."""
    clean = robust[robust.variant == "original"]
    frozen = clean.strategy.str.startswith("frozen-").map({True: "on the frozen backbone", False: "joint"})
    head = clean.strategy.str.removeprefix("frozen-").replace("original", "linear")
    rows = clean.assign(head=head, training=frozen)[head.isin(["linear", "mlp", "conv", "attention"]).to_numpy()]
    return 100 * rows.pivot_table(index="head", columns="training", values="top1", sort=False)


joint_and_frozen(robust).style.format(precision=1, na_rep="as joint")

# %% [markdown]
# Top-1 in per cent, mean over the seeds. A linear head on the frozen backbone is what the plain network has.

# %% tags=["hide-input"]
centroids = measure("centroids", of_each, collapse, data)


def by_layer(table, value):
    """Mean over seeds, strategies downward; frozen backbones are the plain one's."""
    rows = table[~table.strategy.str.startswith("frozen-") & (table.layer != "slope over depth")]
    return rows.pivot_table(index="strategy", columns="layer", values=value, sort=False)


white = by_layer(centroids, "null").iloc[:1].rename({"original": "white maps"})
pd.concat([by_layer(centroids, "centroid"), white]).style.format(precision=2)

# %% [markdown]
# Mean frequency of each layer's maps in cycles per image, DC left out.


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-spectra", "caption": "**Spectra of the last map, live run.** Log-amplitude relative to DC along the half diagonal, minus that of the plain network, one line per strategy, mean over seeds; more DC moves a whole line down."}, "image": {"alt": "Line plot: difference of relative log-amplitude to the plain network over radius, for the last layer of every network."}}
def beyond_plain(spectra):
    """The last map's spectrum of every strategy, mean over seeds, minus the plain network's."""
    keys = {"index": "radius_nyquist", "columns": "strategy", "values": "relative_log_amplitude", "sort": False}
    means = spectra[spectra.layer == last].pivot_table(**keys)
    return means.drop(columns="original").sub(means.original, axis=0)


def draw_differences(spectra):
    """One line per strategy over the radius."""
    look = {"marker": "o", "ms": 3, "lw": 1.2, "xlabel": "radial frequency (1 = Nyquist)"}
    ax = beyond_plain(spectra).plot(ax=panels(1, (6.6, 3.4))[1][0], **look)
    ax.axhline(0, color="0.3", lw=0.8)
    ax.set_ylabel("log-amplitude,\nminus the plain network's")
    ax.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


stages = ["layer1", "layer2", "layer3"]
own = [cell for cell in networks if not cell[0].startswith("frozen")]  # with a backbone of its own
spectra = measure("spectra", of_each, fl.feature_spectra, data, stages, cells=own, along="diagonal")
if {strategy for strategy, _ in own} > {"original"}:
    draw_differences(spectra)

# %% [markdown]
# ## Step 2: what each network can do with high frequencies alone
#
# Top-1 with only $r \ge 0.5$ kept at a layer, everything else at its mean over the images; and what a probe finds in
# that band of the last map, beyond the best of its controls.

# %% tags=["hide-input"]
halves = fl.Bands((0, 0.5, inf), ("low", "high"))
sweeping = {"bands": halves, "modes": ["isolate", "remove"], "fill": "mean", "controls": (), "progress": False}
some = fl.load_data(dataset, limit=swept or limit or None)
kept = measure("halves", of_each, fl.sweep, some, ["input", *stages], **sweeping)


def of_high(kept, mode, value):
    """The high half of each layer, kept alone or removed: one column of the sweep in per cent, where it is free."""
    high = kept[(kept["mode"] == mode) & (kept.band == "high")]
    free = high.assign(**{value: high[value].where(high.status == "ok")})
    return 100 * free.pivot_table(index="strategy", columns="layer", values=value, sort=False, dropna=False)


of_high(kept, "isolate", "top1").style.format(precision=1, na_rep="by construction")

# %% [markdown]
# A head after an average cannot see $r \ge 0.5$ of the last map: there the answer is one constant class, by
# construction. A convolution or attention could.

# %% tags=["hide-input"]
(0.0 - of_high(kept, "remove", "d_top1")).style.format(precision=1, na_rep="by construction")

# %% [markdown]
# Used information: the points of top-1 that are lost when $r \ge 0.5$ of a layer is replaced by its mean.


# %% tags=["hide-input"]
def usable_of(probed):
    """Usable information in points, one column per probe and band of the last map."""
    what = probed.assign(what=probed.kind + ", " + probed.band)
    return 100 * what.pivot_table(index="strategy", columns="what", values="usable", sort=False)


if fit:
    fitted = fl.load_data(dataset, "train", limit=fit)
    probing = {"bands": halves, "kinds": ["linear", "power"], "strength": 0.01, "progress": False}
    probed = measure("probes", of_each, fl.probe_layers, fitted, data, last, cells=own, **probing)
    display(usable_of(probed).style.format(precision=1))

# %% [markdown]
# Usable information in points: top-1 of the probe minus that of the best of its controls (labels shuffled, an untrained
# backbone, a random projection, the pixels).
#
# ## Step 3: filters, accuracy and robustness


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-levels", "caption": "**Accuracy on corrupted images, live run.** Noise in units of pixels in [0, 1]; pixels a side of the reduced image, of 32; dotted, chance."}, "image": {"alt": "Two panels of lines: top-1 accuracy falls with noise and with fewer pixels, one line per strategy."}}
def of_filters(table):
    """The plain network and those with other filters or images."""
    chosen = ["original", "blur", "constrained", "penalized", "noise"]
    return table[table.strategy.isin(chosen)].rename(columns={"strategy": "arm"})


figure = plot_levels(of_filters(robust), side=data.shape[-1], chance=1 / len(data.classes))

# %% tags=["hide-input"]
kernels = measure("kernels", of_each, fl.kernel_spectra, cells=own, fold_bn=True)
strayed = measure("strayed", of_each, straying, cells=own)


def shares(kernels, strayed):
    """Share of energy by radius of the backbone's 3x3 kernels, every layer alike, and outside the bands, in per cent."""
    small = kernels[(kernels.groupby(["strategy", "seed", "layer"]).cells.transform("sum") == 9)]
    small = small[~small.layer.str.startswith("head")].assign(r=small.radius_nyquist.map("r = {:.2f}".format))
    table = small.pivot_table(index="strategy", columns="r", values="energy_share", sort=False)
    backbone = strayed[~strayed.layer.str.startswith("head")]
    return 100 * table.assign(**{"outside the band": backbone.groupby("strategy", sort=False).outside.mean()})


white = [f"{100 * share:.1f}" for share in kernels[kernels.cells.isin([1, 4])].null_share.iloc[:3]]
glue("white_05", f"{white[0]}, {white[1]} and {white[2]}", display=False)
(shares(kernels, strayed) + 0.0).style.format(precision=1)

# %% [markdown]
# Share of the kernels' energy on the three radii, in per cent, with the batch norms folded in; white kernels, and all
# but for chance random weights, have {glue:text}`white_05`. Folding divides a filter by the spread of its output,
# which is wide for low frequencies since maps hold most of those: a small share is no sign of little use. At the
# right the share that the filters have outside the bands that *constrained* would hold them to.
#
# ### A training, here and now
#
# The same network from the same random weights, a few steps with free filters and with constrained ones.

# %% tags=["hide-input"]


def short_training(how, some):
    """Mean loss over a few steps, and the share of energy that filters have outside their band after them."""
    torch.manual_seed(0)
    model = fl.load_model(f"cifar:{network}", num_classes=len(some.classes), in_chans=some.shape[0], normalize="none")
    model, history = fl.train(model, some, 1, batch=64, filters=how)
    away = 100 * straying(model).outside.mean()
    return {"filters": how or "free", "mean loss": history.loss.iloc[-1], "outside the band (%)": away}


if short_steps:
    some = fl.load_data(dataset, "train", limit=64 * short_steps)
    short = [short_training(how, some) for how in (None, "penalized", "constrained")]
    display(pd.DataFrame(short).style.format(precision=2).hide())

# %% [markdown]
# So few steps leave the penalized filters far from their bands; trained to the end they are near (table above).
#
# ## Step 4: attacks

# %% tags=["hide-input"]
few = fl.load_data(dataset, limit=attacked)
blurs = ["original", "low:0.5", "low:0.75", "low:1"]


def attack_all(networks):
    """Attacked images for every network and attack."""
    return {(cell, kind): attack(model, few, kind, eps / 255) for cell, model in networks.items() for kind in attacks}


def low_passed(found):
    """Accuracy on clean and attacked images, as they are and blurred."""
    sets = {(cell, "none"): few for cell in networks} | found
    tables = {key: fl.robustness(networks[key[0]], images, blurs, progress=False) for key, images in sets.items()}
    parts = [t.assign(strategy=cell[0], seed=cell[1], attack=kind) for (cell, kind), t in tables.items()]
    return pd.concat(parts, ignore_index=True).assign(dataset=dataset, eps=eps)


def added(found):
    """The spectrum of what each attack added."""
    before, label = next(iter(few.batches(len(few))))[0], torch.zeros(len(few), dtype=torch.int64)
    tables = {key: fl.class_spectra((images.pixels - before, label)) for key, images in found.items()}
    parts = [t.assign(strategy=cell[0], seed=cell[1], attack=kind) for (cell, kind), t in tables.items()]
    return pd.concat(parts, ignore_index=True).assign(dataset=dataset, eps=eps)


found = attack_all(networks)
attacks_kept = measure("attacks", low_passed, found) if attacks else pd.DataFrame()
perturbations = measure("perturbations", added, found) if attacks else pd.DataFrame()


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-perturbations", "caption": "**What attacks add, live run.** Share of the perturbation's energy at $r \\ge 0.5$, by the network attacked; dashed, white noise."}, "image": {"alt": "Dots for every strategy and attack: the share of the perturbation's energy at high frequencies, with a dashed line for white noise."}}
def draw_added(perturbations):
    """The share of energy at r >= .5, with a line from the smallest seed to the largest."""
    high = perturbations[perturbations.radius_nyquist >= 0.5]
    each = (100 * high.groupby(["attack", "strategy", "seed"], sort=False).energy_share.sum()).reset_index()
    look = {"hue": "attack", "errorbar": ("pi", 100), "linestyle": "none", "markersize": 5, "err_kws": {"linewidth": 1}}
    look |= {"palette": "colorblind", "dodge": 0.3 if each.attack.nunique() > 1 else False}
    return sns.pointplot(each, x="strategy", y="energy_share", ax=panels(1, (7, 3.4))[1][0], **look)


def with_white(ax, perturbations):
    """Label the axes and draw what white noise has: the share of cells."""
    one = perturbations.drop_duplicates(["radius_nyquist"])
    white = 100 * one[one.radius_nyquist >= 0.5].cells.sum() / one.cells.sum()
    ax.axhline(white, color="0.3", ls="--", lw=0.8)
    sns.move_legend(ax, "lower left", bbox_to_anchor=(0, 1), ncols=2, title=None, frameon=False)
    ax.set(xlabel="", ylabel="energy at r ≥ 0.5 (%)")
    ax.tick_params(axis="x", rotation=30)


if attacks:
    with_white(draw_added(perturbations), perturbations)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-densities", "caption": "**Where attacks put their energy, live run.** Energy per cell of the perturbation's spectrum over its mean, by radius; white noise has 1 everywhere. Grey: all others, most of them close to the plain network. Mean over seeds."}, "image": {"alt": "One panel per attack: energy density over radial frequency, one line a network attacked, with a dashed line at one for white noise."}}


def densities(perturbations):
    """Energy per cell over that of white noise, in steps of a tenth of Nyquist."""
    rows = perturbations.assign(r=(perturbations.radius_nyquist * 10).round() / 10)
    sums = rows.groupby(["attack", "strategy", "r"], sort=False)[["energy_share", "cells"]].sum().reset_index()
    cells = sums.groupby(["attack", "strategy"]).cells.transform("sum")
    energy = sums.groupby(["attack", "strategy"]).energy_share.transform("sum")
    return sums.assign(density=sums.energy_share / energy / sums.cells * cells)


def draw_densities(perturbations):
    """One panel per attack, one line per strategy."""
    named = dict(zip(("original", "constrained", "penalized", "noise"), sns.color_palette("colorblind"), strict=False))
    palette = {strategy: named.get(strategy, "0.8") for strategy in perturbations.strategy.unique()}
    look = {"x": "r", "y": "density", "hue": "strategy", "col": "attack", "palette": palette}
    grid = sns.relplot(densities(perturbations), kind="line", height=2.8, aspect=1.3, **look)
    grid.refline(y=1)
    grid.set(yscale="log", xlabel="radial frequency (1 = Nyquist)", ylabel="energy per cell (white = 1)")


if attacks:
    draw_densities(perturbations)

# %% tags=["hide-input"]


def under_attack(table):
    """Top-1 in per cent on clean images and those of the stronger attack, as they are and blurred."""
    table = table[table.attack.isin(["none", table.attack.iloc[-1]])]
    names = table.variant.str.replace("original", "sharp").str.replace("low:", "σ = ")
    named = table.assign(attack="attack: " + table.attack, variant=names)
    return 100 * named.pivot_table(index="strategy", columns=["attack", "variant"], values="top1", sort=False)


if attacks:
    display(under_attack(attacks_kept).style.format(precision=0))

# %% [markdown]
# Top-1 in per cent, on sharp images and on the same ones blurred with a Gaussian of σ pixels. Each network is
# attacked by its own gradient, which knows nothing of the blur; an attack that does would go through it
# {cite}`athalye2018obfuscated`. What the blur returns therefore says where the perturbation lies, and not that
# blurring protects; it is to be read against what the same blur leaves of clean images, in the first columns.

# %% [markdown]
# ### Can attacks be detected by their spectrum?
#
# A defender sees the image, not the perturbation. So: how well do spectra separate attacked images from the same
# images untouched, as the area under the ROC curve, 50 being chance? By the energy at the end of the spectrum (the
# *ultra-high* band) as it is; or by a logistic regression on the energies of all rings, of the channels together or,
# in colour, of what differs between them, which was fitted on other images and their attacked versions. And are
# attacks separated from random signs of the same energy, which are no attack?


# %% tags=["hide-input"]
def signs_like(changed):
    """Random signs with the energy of what was added to each image, but for what the range of pixels takes."""
    added = (changed - clean).square().mean((1, 2, 3), keepdim=True).sqrt()
    return (clean + added * signs).clamp(0, 1)


def rivals(found):
    """What is held against what: every attack against two kinds of images, and random signs against untouched ones."""
    sets = {(*cell, kind): images.pixels for (cell, kind), images in found.items()}
    pairs = [(key, "untouched", clean, x) for key, x in sets.items()]
    pairs += [(key, "random signs", signs_like(x), x) for key, x in sets.items()]
    return [*pairs, ((strategies[0], seeds[0], "random signs"), "untouched", clean, signed)]


def told(found):
    """One row per detector and pair of sets of images."""
    keys = ["strategy", "seed", "attack", "against"]
    pairs = [(dict(zip(keys, (*key, name), strict=True)), *two) for key, name, *two in rivals(found)]
    parts = [detection(*two, few.groups).assign(**names) for names, *two in pairs]
    return pd.concat(parts, ignore_index=True).assign(dataset=dataset, eps=eps)


def by_attack(table):
    """Areas in per cent with their intervals: attacks and networks, by seed, what they are told from and by whom."""
    texts = table.assign(text=written(table, "area", times=100), against="told from " + table.against)
    names = [name for name in ("attack", "strategy", "seed") if table[name].nunique() > 1 or name == "attack"]
    rows = texts.pivot(index=names, columns=["against", "by"], values="text").rename_axis(columns=[None, None])
    order = texts.sort_values("against", ascending=False, kind="stable")[["against", "by"]].drop_duplicates()
    return rows.loc[texts.set_index(names).index.unique(), [*order.itertuples(index=False, name=None)]]


clean = next(iter(few.batches(len(few))))[0]
signs = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)).sign()
signed = (clean + eps / 255 * signs).clamp(0, 1)
plain = networks[strategies[0], seeds[0]]
glue(
    "signed_05",
    100 * (accuracy(plain, few) - accuracy(plain, few.with_pixels(signed, "with random signs"))),
    display=False,
)
if attacks:
    areas = measure("areas", told, found)
    display(by_attack(areas).style.format(na_rep=""))

# %% [markdown]
# Random signs cost the plain network {glue:text}`signed_05:.1f` points. What separates attacks from untouched images,
# but not from random signs of the same energy, sees how much was added and not the attack. A regression that was
# fitted on one attack need not know another, and attacks that know of such a test would avoid it.

# %% [markdown]
# ## At scale
#
# `freqlib run 05_training_strategy --profile full` computes what follows beforehand and keeps it in
# `data/results/05_training_strategy`. Only these tables decide claims. The networks are ResNet-20, trained for a
# single cycle of {glue:text}`epochs_05` epochs without augmentation; the plain ones are those of {doc}`04_dataset`,
# whose images are not augmented, since shifts would bring filtered frequencies back. What {glue:text}`whole_05`
# epochs with augmentation make of the plain network, *long*, is shown separately. The verdicts are those of CIFAR-10.
# With `-p epochs 30 -p checkpoints FOLDER` the same command trains longer and keeps its tables beside these, under
# names that end in the number of epochs; they are listed in the overview, and are not joined with the short ones.

# %% tags=["hide-input"]
chapter = Chapter("05_training_strategy")
missing = chapter.missing(lambda run: PARTS)
glue("missing_05", f"{len(missing)} of {len(chapter.runs)} runs, whole or in part", display=False)
trainings = [
    made["training"]
    for made in (table.attrs["provenance"]["parameters"] for table in chapter.tables.values())
    if not made["epochs"]
]
epochs_there = {recipe["epochs"] for each in trainings for name, recipe in each.items() if "_long_" not in name}
glue("epochs_05", " and ".join(map(str, sorted(epochs_there))) or "so many", display=False)
glue("whole_05", STRATEGIES["long"]["training"]["epochs"], display=False)
keys = [
    "dataset",
    "strategy",
    "seed",
    "variant",
    "layer",
    "kind",
    "mode",
    "band",
    "attack",
    "radius_nyquist",
    "by",
    "against",
]


def joined_parts(part, runs=""):
    """All tables of one part and of the recipes' trainings, or of some runs by name; a network counts once."""
    plain = {"epochs": 0, "network": "resnet20"}.items()
    made = {run: table.attrs["provenance"]["parameters"].items() for run, table in chapter.of(part).items()}
    whole = chapter.joined(part, lambda run, table: runs in run and plain <= made[run])
    whole = whole if len(whole) else pd.DataFrame(columns=["dataset"])
    return whole.drop_duplicates([key for key in keys if key in whole])


def each_set(what, show, *parts, precision=1, na_rep=""):
    """Display one table per data set, named after it and what it shows."""
    for name in parts[0].dataset.unique():
        rows = [part[part.dataset == name] for part in parts]
        seeds_of = rows[0].groupby("strategy").seed.nunique()
        shown = show(*rows).rename({strategy: f"{strategy} ({n})" for strategy, n in seeds_of.items()})
        display(shown.style.format(precision=precision, na_rep=na_rep).set_caption(f"{name}: {what}"))


every_robust = joined_parts("robustness")
chapter.overview().style.hide()

# %% [markdown]
# Still to be computed, by the same command: {glue:text}`missing_05`. Folded: which, with the tables that are missing
# where there are some.

# %% tags=["hide-cell"]
pd.DataFrame({"still to be computed": missing}).style.hide()

# %% [markdown]
# ### C8: heads and the spectrum

# %% tags=["hide-input"]
filtered = ["original", "blur", "constrained", "penalized", "noise"]
decided = "by construction"


def sides(of, runs):
    """What the two halves of the spectrum are to some of the networks of some runs: four tables per data set."""
    found = [joined_parts(part, runs) for part in ("centroids", "halves", "probes")]
    some = [of(t) if len(t) else t for t in found]
    each_set("centroid", lambda rows: by_layer(rows, "centroid"), some[0], precision=2)
    each_set("top-1 with r ≥ 0.5 alone", lambda rows: of_high(rows, "isolate", "top1"), some[1], na_rep=decided)
    each_set("used information, r ≥ 0.5", lambda rows: 0.0 - of_high(rows, "remove", "d_top1"), some[1], na_rep=decided)
    each_set("usable information, last map", usable_of, some[2])


def joint_beyond_frozen(robust):
    """Top-1 of each head trained with the backbone minus that of the same head on the frozen one, seed by seed."""
    wide = robust[robust.variant == "original"].pivot(index="seed", columns="strategy", values="top1")
    pairs = {head: f"frozen-{head}" for head in ("mlp", "conv", "attention") if f"frozen-{head}" in wide}
    leads = pd.DataFrame({head: wide[head] - wide[frozen] for head, frozen in pairs.items()}).melt(var_name="head")
    found = claims.over_seeds_of(leads.dropna().rename(columns={"value": "estimate"}), ["head"], above=0)
    return claims.readable(found, "head").drop(columns="verdict").set_index("head")


headed = sorted(set(every_robust.get("strategy", ())) - {*filtered, "long"})
if headed:
    of_heads = every_robust[every_robust.strategy.isin(headed)][["dataset", "seed"]].drop_duplicates()
    of_heads = every_robust.merge(of_heads)  # the plain network by the same seeds
    each_set("top-1", joint_and_frozen, of_heads)
    each_set("joint beyond frozen", joint_beyond_frozen, of_heads)
    sides(lambda table: table[table.strategy.isin(["original", *headed])], "heads")
every_half = joined_parts("halves")


def ends_of(rows, value, sign=1):
    """By strategy, the mean over seeds of a column in points with its interval, as text."""
    found = claims.over_seeds_of(rows.assign(estimate=sign * rows[value]), ["strategy"], above=0)
    return dict(zip(found.strategy, written(found, times=100), strict=True))


at_heads = joined_parts("halves", "heads")
if len(at_heads):
    at_heads = at_heads[(at_heads.dataset == "cifar10") & (at_heads.layer == "layer3") & (at_heads.band == "high")]
used = ends_of(at_heads[at_heads["mode"] == "remove"], "d_top1", -1) if len(at_heads) else {}
alone = ends_of(at_heads[at_heads["mode"] == "isolate"], "top1") if len(at_heads) else {}
for head in ("conv", "attention", "frozen-conv", "frozen-attention"):
    glue(f"used_{head}", used.get(head, "(not yet computed)"), display=False)
    glue(f"alone_{head}", alone.get(head, "(not yet computed)"), display=False)
glue("swept_05", " or ".join(f"{n:,}" for n in sorted(every_half.n.unique())) if len(every_half) else "", display=False)

# %% [markdown]
# The tables show, as means over seeds (their number in brackets): top-1 in per cent, and what joint training has
# beyond the same head on the frozen backbone; the centroid of each layer's maps (cycles per image); top-1 with only
# $r \ge 0.5$ of a layer kept, and the points that are lost without it (used information), on all test images or on
# 2,000 of them ({glue:text}`swept_05` per network); and what probes find in the two halves of the last map beyond
# their controls (usable information, in points).
#
# The attention head, trained jointly, uses the high half of the last map: without it {glue:text}`used_attention`
# points are lost, and by it alone {glue:text}`alone_attention` % are right. On the frozen backbone it uses nothing
# ({glue:text}`used_frozen-attention` points, {glue:text}`alone_frozen-attention` %), nor does the convolution, joint
# ({glue:text}`used_conv`, {glue:text}`alone_conv` %) or not ({glue:text}`used_frozen-conv`,
# {glue:text}`alone_frozen-conv` %). Intervals over seeds, each for itself; chance is 10 %.

# %% tags=["hide-input"]


JUDGED = ["verdict", "seeds", "estimate", "low", "high"]


def judged(rule, *parts, **options):
    """A rule on the tables of every data set; no rows before they are computed."""
    names = parts[0].dataset.unique()
    found = [rule(*(t[t.dataset == n] for t in parts), **options).assign(dataset=n) for n in names]
    nothing = pd.DataFrame(columns=["dataset", "strategy", "variant", "plain", *JUDGED])
    return pd.concat([nothing, *found], ignore_index=True)


IMAGES = {"original": "untouched images", "noise:0.05": "noise of .05", "pixels:24": "24 pixels"}


def answer(claim, rows, told):
    """Glue the verdict on CIFAR-10, and what it rests on in words; return these rows."""
    ours = rows[(rows.dataset == "cifar10") & rows.low.notna()].replace({"variant": IMAGES})
    verdict = claims.anywhere(ours.verdict) if len(ours) else "still to be computed"
    glue(f"verdict_{claim}", verdict, display=False)
    length = f"; {' and '.join(map(str, sorted(epochs_there)))} epochs"
    glue(f"found_{claim}", told(ours) + length if len(ours) else "", display=False)
    return ours


def first(rows, *names):
    """A table with its verdict near the front, and each estimate with its interval."""
    shown = rows.astype({"seeds": int} if len(rows) else {}).reindex(columns=["dataset", *names, *JUDGED])
    return shown.assign(estimate=written(shown, digits=2)).drop(columns=["low", "high"])


def in_units(rows):
    """The rows of C8, shares in points, each with its unit."""
    shares = rows.statistic.str.startswith("usable")
    numbers = {name: rows[name] * (1 + 99 * shares) for name in ("estimate", "low", "high", "linear") if len(rows)}
    return rows.assign(
        statistic=rows.statistic + shares.map({True: " (points)", False: " (cycles per image)"}), **numbers
    )


def moved(rows):
    """By how much each head moves each statistic, and on what."""
    parts = []
    for statistic, part in in_units(rows).groupby("statistic", sort=False):
        moves = ", ".join(f"{row.estimate:+.2f} ({row.strategy})" for row in part.itertuples())
        parts.append(f"{statistic}: {moves}, on {part.linear.mean():.2f}")
    return "last map, against the joint linear head: " + "; ".join(parts)


of_maps, of_probes = (joined_parts(part, "heads") for part in ("centroids", "probes"))
eighth = judged(claims.changed_by_head, of_maps, of_probes, layer="layer3")
own_rows = answer("C8", eighth, moved)
kinds_met = f"clear of 0 in {(own_rows.verdict == 'reproduced').sum()} of {len(own_rows)} rows"
glue("beside_C8", f"{kinds_met}; the rule names no size and cannot be refuted", display=False)
centroid_moves = own_rows[own_rows.statistic == "centroid"].set_index("strategy").estimate
glue("moved_on", float(own_rows[own_rows.statistic == "centroid"].linear.mean()), display=False)


def halves_apart(probes):
    """The probes of the high half, with what is usable there minus what is usable in the low one."""
    keys = ["dataset", "strategy", "seed", "layer", "kind"]
    low = probes[probes.band == "low"].set_index(keys).usable
    high = probes[probes.band == "high"].set_index(keys)
    return high.assign(usable=high.usable - low).reset_index()


earlier = judged(claims.changed_by_head, of_maps, of_probes, layer="layer2")
earlier_moves = earlier[earlier.dataset == "cifar10"].set_index("strategy").estimate
for head in ("mlp", "conv", "attention"):
    glue(f"moved_{head}", f"{centroid_moves.get(head, float('nan')):+.2f}", display=False)
    glue(f"earlier_{head}", f"{earlier_moves.get(head, float('nan')):+.2f}", display=False)
if len(eighth):
    display(first(in_units(eighth), "statistic", "strategy", "linear").style.format(precision=2).hide())
    even = of_maps.assign(centroid=of_maps.channels)
    shown_even = first(judged(claims.changed_by_head, even, of_probes.iloc[:0], layer="layer3"), "strategy", "linear")
    display(shown_even.drop(columns="verdict").style.format(precision=2).hide().set_caption("every channel alike"))

# %% tags=["hide-input"]
if len(eighth):
    shown_earlier = first(earlier, "strategy", "linear").drop(columns="verdict")
    display(shown_earlier.style.format(precision=2).hide().set_caption("centroid one stage earlier (layer2)"))
    apart = judged(claims.changed_by_head, of_maps, halves_apart(of_probes), layer="layer3")
    apart = in_units(apart[apart.statistic != "centroid"])
    shown_apart = first(apart, "statistic", "strategy", "linear").drop(columns="verdict")
    display(shown_apart.style.format(precision=1).hide().set_caption("usable, high half minus low half"))

# %% [markdown]
# The rule of C8: at the last map, the joint expressive head against the joint linear one (column `linear`), paired by
# seed. The claim holds if one statistic changes with one head: the centroid, or the usable information of a probe in
# the high half. It names no direction and no size, so that it can be reproduced or stay open, never be refuted: read
# the size. The centroid is that of the energy summed over channels, which a head may change by the strength of
# channels alone; the second table has the logarithm of the mean over channels of each one's own centroid over that of
# white maps, in which every channel counts alike. Its intervals are simultaneous over its own rows; it does not
# decide the claim, nor do the two below it.
#
# The rise is one of the last map, not of the network: one stage earlier the centroid moves by
# {glue:text}`earlier_conv` with a convolution, by {glue:text}`earlier_attention` with attention and by
# {glue:text}`earlier_mlp` with an MLP. And what probes lose is not lost in the high half alone, as the last table
# shows: with a convolution the high half loses more than the low by either probe, with attention by the power probe,
# with an MLP by neither. **C8: {glue:text}`verdict_C8`.**
#
# ### C17: filters and robustness

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-scale-levels", "caption": "**Accuracy on corrupted images, at scale, CIFAR-10.** As in the live run; points are seeds, dotted is chance. Band-pass filters lie below the plain network everywhere; training with noise trades clean accuracy for accuracy under noise."}, "image": {"alt": "Two panels of lines: top-1 accuracy falls with noise and with fewer pixels, one line per strategy."}}
of_cifar = every_robust[every_robust.dataset == "cifar10"]
if len(of_cifar):
    figure = plot_levels(of_filters(of_cifar), chance=1 / 10)


# %% tags=["hide-input"]
def in_points(rows, *left_out):
    """These rows as a table to be read."""
    shown = claims.readable(rows.assign(plain=100 * rows.plain), "dataset", "strategy", "variant", "plain")
    return shown.drop(columns=list(left_out)).style.format(precision=1).hide()


spoiled = ["original", "noise:0.05", "pixels:24"]
seventeenth = judged(claims.filters_help, every_robust, variants=spoiled)


def helped(rows):
    """Which filters are better at what and by how much, and how many rows are worse."""
    better, worse = rows[rows.low > 0], rows[rows.high < 0]
    gains = zip(better.strategy, written(better, times=100), better.variant, strict=True)
    told = ", ".join(f"{name} by {gain} points ({images})" for name, gain, images in gains) or "none"
    ends = [f"{-100 * end:.1f}" for end in (worse.estimate.max(), worse.estimate.min())] if len(worse) else []
    how = f", by {' to '.join(ends)} points ({' and '.join(dict.fromkeys(worse.strategy))})" if ends else ""
    return f"better: {told}; clearly worse in {len(worse)} of {len(rows)} rows{how}"


answer("C17", seventeenth, helped)
in_points(seventeenth)

# %% [markdown]
# *plain* is top-1 of the plain network in per cent; *points* is the gain of the same training with the filter, paired
# by seed. Intervals are over trainings on the same test images and simultaneous over the table, so they are wide:
# what is *inconclusive* may still be as large as they reach. With fewer than five seeds an interval that is clear of
# 0 is not enough: every seed must agree, by more than five standard deviations. The three are different treatments,
# and the claim holds if one row does, however the others go. **C17: {glue:text}`verdict_C17`**
# ({glue:text}`found_C17`).
#
# Top-1 mixes accuracy with robustness. The same for the change from each network's own accuracy on the untouched
# images, descriptive only:

# %% tags=["hide-input"]
in_points(judged(claims.filters_help, every_robust, variants=spoiled[1:], value="d_top1"), "verdict")

# %% [markdown]
# Training with noise is no filter; for comparison, again by top-1. Its batch norms have the statistics of noisy
# images, so that what it loses on clean ones may be partly theirs:

# %% tags=["hide-input"]
levels = ["original", "noise:0.05", "noise:0.1", "pixels:24", "pixels:16"]
in_points(judged(claims.filters_help, every_robust, strategies=["noise"], variants=levels), "verdict")

# %% [markdown]
# What other filters do to the maps, means over the seeds that are there (in brackets; one seed is no finding): the
# centroid of each layer's maps (cycles per image); top-1 with only $r \ge 0.5$ of a layer kept; the points that are
# lost without it (used information); and what probes find in the two halves of the last map beyond their controls
# (usable information, in points).

# %% tags=["hide-input"]
if set(filtered) & set(every_robust.get("strategy", ())):
    sides(lambda table: table[table.strategy.isin(filtered)], "filters")
at_filters = joined_parts("halves", "filters")
if len(at_filters):
    at_filters = at_filters[(at_filters.dataset == "cifar10") & (at_filters.layer == "layer1")]
    at_filters = at_filters[(at_filters.band == "high") & (at_filters["mode"] == "remove")]
lost_05 = (-100 * at_filters.groupby("strategy").d_top1.agg(["max", "min"])).round() if len(at_filters) else {}
for name in ("original", "blur", "penalized"):
    ends = lost_05.loc[name].astype(int).tolist() if len(lost_05) else ["(open)"]
    glue(f"lost_{name}", " to ".join(map(str, dict.fromkeys(ends))), display=False)

# %% [markdown]
# With *blur* the network comes to depend on the high frequencies of the first stage: without $r \ge 0.5$ there its
# seeds lose {glue:text}`lost_blur` points, those of the plain network {glue:text}`lost_original` and *penalized*
# {glue:text}`lost_penalized`.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-scale-spectra", "caption": "**Spectra of the last map, at scale, CIFAR-10.** Log-amplitude relative to DC along the half diagonal, minus that of the plain network, one line per strategy, mean over the seeds that the tables count. More DC moves a whole line down; of the convolution and of attention the lowest frequencies fall most, so that their centroid rises."}, "image": {"alt": "Line plot: difference of relative log-amplitude to the plain network over radius, for the last layer of every network."}}
every_spectrum = joined_parts("spectra")
every_spectrum = every_spectrum[every_spectrum.dataset == "cifar10"]
if len(every_spectrum):
    draw_differences(every_spectrum)

# %% tags=["hide-input"]
every_kernel, every_stray = joined_parts("kernels"), joined_parts("strayed")
each_set("kernels", shares, every_kernel, every_stray)

# %% [markdown]
# Share of the kernels' energy on the three radii and outside the bands, in per cent, as above.
#
# ### A longer training (one seed)
#
# What of the tables above may be due to short training? The plain network, trained for {glue:text}`whole_05` epochs
# with crops and mirroring, classifies {glue:text}`long_05` of all test images correctly; its weights are in the
# repository.


# %% tags=["hide-input"]
def by_variant(table):
    """Top-1 in per cent, one column per form of the test images."""
    return 100 * table.pivot_table(index="strategy", columns="variant", values="top1", sort=False)


whole = [json.loads(path.read_text()) for path in sorted(Path("data/checkpoints").glob("*_resnet20_long_0.json"))]
glue("long_05", " and ".join(f"{100 * made['test_top1']:.1f} % on {made['data']}" for made in whole), display=False)
if "long" in set(every_robust.get("strategy", ())):
    two = joined_parts("robustness", "long")
    each_set("top-1", by_variant, two)
    sides(lambda table: table, "long")
for name in ("cifar10", "fashion-mnist"):
    rows = every_robust[(every_robust.dataset == name) & (every_robust.seed == 0)]
    levels = by_variant(rows) if len(rows) else pd.DataFrame()
    for form in ("original", "noise:0.1", "pixels:24", "pixels:16"):
        there = "long" in levels.index
        points = f"{levels.loc['long', form] - levels.loc['original', form]:+.1f}" if there else "(open)"
        glue(f"gained_{name}_{form}".replace(":", "_"), points, display=False)

# %% [markdown]
# Top-1 in per cent on the test images as they are and corrupted, the short training of the same seed next to the long
# one. On CIFAR-10 the long one gains {glue:text}`gained_cifar10_original` points on clean images and
# {glue:text}`gained_cifar10_pixels_24` at 24 pixels, and changes by {glue:text}`gained_cifar10_noise_0.1` with noise
# of .1 and by {glue:text}`gained_cifar10_pixels_16` at 16 pixels; on Fashion-MNIST it gains
# {glue:text}`gained_fashion-mnist_original` on clean images and changes by
# {glue:text}`gained_fashion-mnist_pixels_24` at 24 pixels, {glue:text}`gained_fashion-mnist_noise_0.1` with noise and
# {glue:text}`gained_fashion-mnist_pixels_16` at 16 pixels. It has augmentation besides, so that length alone is not
# told; and of C8, and of the other filters, it says nothing.
#
# ### Attacks

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-scale-perturbations", "caption": "**What attacks add, at scale, CIFAR-10.** Close to white noise for every network but the one trained with noise, whose attacks lie lower. Share of the perturbation's energy at $r \\ge 0.5$, by the network attacked; where there are several seeds, a line spans them; dashed, white noise."}, "image": {"alt": "Dots for every strategy and attack: the share of the perturbation's energy at high frequencies, with a dashed line for white noise."}}
every_added = joined_parts("perturbations")
every_added = every_added[every_added.dataset == "cifar10"]
if len(every_added):
    with_white(draw_added(every_added), every_added)


def shares_added(added):
    """Share of the energy that PGD adds at r >= .5, in per cent, by strategy, and of white noise."""
    high = added[added.radius_nyquist >= 0.5]
    pgd = high[high.attack == "pgd"].groupby(["strategy", "seed"]).energy_share.sum().groupby("strategy").mean()
    one = added.drop_duplicates("radius_nyquist")
    white = one[one.radius_nyquist >= 0.5].cells.sum() / one.cells.sum()
    return {"white": 100 * white} | (100 * pgd).to_dict()


added_shares = shares_added(every_added) if len(every_added) else {}
for strategy, share in added_shares.items():
    glue(f"added_{strategy}", float(share), display=False)
if others := [share for strategy, share in added_shares.items() if strategy not in ("white", "noise")]:
    glue("added_least", float(min(others)), display=False)
    glue("added_most", float(max(others)), display=False)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-05-scale-densities", "caption": "**Where attacks put their energy, at scale, CIFAR-10.** Energy per cell of the perturbation's spectrum over its mean, by radius; white noise has 1 everywhere. Grey: all others, most of them close to the plain network. Mean over seeds."}, "image": {"alt": "One panel per attack: energy density over radial frequency, one line a network attacked, with a dashed line at one for white noise."}}
if len(every_added):
    draw_densities(every_added)

# %% tags=["hide-input"]
every_attack = joined_parts("attacks")
each_set("top-1 under attack", under_attack, every_attack)
if len(every_attack):
    on_cifar = every_attack[every_attack.dataset == "cifar10"]
if len(every_attack) and len(on_cifar):
    glue("attacked_05", int(on_cifar.n.max()), display=False)
    glue("eps_scale_05", " and ".join(f"{e:g}" for e in on_cifar.eps.unique()), display=False)
    glue("reach_05", 50 * float((on_cifar.top1_high - on_cifar.top1_low).max()), display=False)

# %% [markdown]
# Of the same {glue:text}`attacked_05` test images for every network, so that a number of one network is good to
# {glue:text}`reach_05:.1f` points or better (95 %), and clean top-1 is not that of the tables above, which are of all
# test images. What is blurred is to be read against what the same blur leaves of clean images. By PGD
# ({glue:text}`eps_scale_05`/255) the share of the perturbation's energy at $r \ge 0.5$, which is
# {glue:text}`added_white:.0f` % in white noise, is {glue:text}`added_original:.0f` % in the plain network and
# {glue:text}`added_noise:.0f` % with training with *noise*; over all other networks it runs from
# {glue:text}`added_least:.0f` to {glue:text}`added_most:.0f` %.
#
# Against the plain network, on the sharp images, as for C17:

# %% tags=["hide-input"]
if len(every_attack):
    sharp = every_attack[every_attack.variant == "original"].assign(variant=every_attack.attack)
    asked = {"strategies": filtered[1:], "variants": ["none", "fgsm", "pgd"]}
    display(in_points(judged(claims.filters_help, sharp, **asked), "verdict"))
every_area = joined_parts("areas")
every_area = every_area[every_area.by.notna()] if "by" in every_area else pd.DataFrame(columns=["dataset"])


def extremes(table):
    """The smallest and the largest area over networks and seeds, in per cent."""
    cells = (100 * table.area).groupby([table.attack, "from " + table.against + ": " + table.by], sort=False)
    texts = cells.min().map("{:.1f}".format) + " to " + cells.max().map("{:.1f}".format)
    return texts.unstack("attack", sort=False).rename_axis(None)


for name, part in every_area.groupby("dataset", sort=False):
    networks = part[["strategy", "seed"]].drop_duplicates()
    caption = f"{name}: area under the ROC curve, in per cent, the smallest to the largest of {len(networks)} networks"
    display(extremes(part).style.format(na_rep="").set_caption(caption))


def reach_of(areas, by, against, signs=False):
    """From the smallest to the largest area of CIFAR-10 by one detector, of attacks or of random signs, in per cent."""
    rows = areas[(areas.dataset == "cifar10") & (areas.by == by) & (areas.against == against)] if len(areas) else areas
    rows = rows[(rows.attack == "random signs") == signs] if len(rows) else rows
    ends = dict.fromkeys(f"{100 * end:.1f}" for end in (rows.area.min(), rows.area.max())) if len(rows) else ()
    return " to ".join(ends) or "(not yet computed)"


for by, key in (("end of the spectrum", "end"), ("rings", "rings"), ("rings of colour", "colour")):
    glue(f"told_{key}", reach_of(every_area, by, "untouched"), display=False)
    glue(f"told_{key}_signs", reach_of(every_area, by, "random signs"), display=False)
    glue(f"signs_{key}", reach_of(every_area, by, "untouched", signs=True), display=False)

# %% [markdown]
# S4 says that many attacks can be detected by their spectrum. Areas on CIFAR-10, in per cent, from the smallest to
# the largest over networks, seeds and attacks: attacked images are separated from untouched ones with
# {glue:text}`told_end` by the energy at the end of the spectrum, with {glue:text}`told_rings` by all rings, and with
# {glue:text}`told_colour` by the rings of what differs between the colours. Random signs, which are no attack, are
# detected with {glue:text}`signs_end`, {glue:text}`signs_rings` and {glue:text}`signs_colour`, so detection alone
# does not identify an attack. But attacks are separated from random signs of their own energy, too: with
# {glue:text}`told_end_signs`, {glue:text}`told_rings_signs` and {glue:text}`told_colour_signs`. The detectors were
# fitted on the very attack that they detect.

# %% [markdown]
# ## Limits
#
# - Short trainings favour what is learned first. A head that needs longer may change more.
# - With a convolution or attention as its head a network is a layer deeper, and its third stage is not as near to the
#   answer: a change there may be one of depth.
# - Networks with an MLP or attention as their head are less accurate than the plain one (the first table of heads, at
#   scale): part of what they use less may be due to that.
# - *constrained* leaves a third of the weights free. What it changes may be due to that, and not to the bands.
# - A filter of 3×3 has three radii; what it does between them is not under control.
# - A head on the frozen backbone is trained for as many epochs as a joint network, after those that trained the
#   backbone.
# - The same budget in epochs is not the same in arithmetic: *blur* computes two convolutions at twice the resolution,
#   and a frozen backbone needs no gradients.
# - Attacks of one strength and one norm, by each network's own gradient.
#
# ## Try it yourself
#
# ```python
# import freqlib as fl
# from freqlib.experiments import attack
#
# model, data = fl.load_model("cifar:resnet20"), fl.load_data("cifar10", "train")
# model, history = fl.train(model, data, epochs=10, filters="constrained")  # or "penalized"; noise=0.1; only="linear"
# adversarial = attack(model, fl.load_data("cifar10", limit=500), "pgd", eps=2 / 255)
# ```
#
# ```bash
# freqlib run 05_training_strategy -p dataset cifar10 -p network resnet20 -p strategies '["original", "blur"]' \
#     -p train true -p epochs 30 -p checkpoints .cache/checkpoints/long
# ```
