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
# # Does the head fail to use high frequencies, or has the backbone discarded them?
#
# A classifier that does not react to high frequencies may have lost them on the way, or it may hold them and not look.
# The two call for different cures: another backbone, or another head. This chapter asks of every layer and band of a
# frozen network whether a classifier trained for that band alone can read anything from it, and sets beside that what
# the network itself takes from the band.
#
# ## Claims and verdicts
#
# - **C6** "Can a linear head not use high-frequency features, or did the backbone discard them?" (S0 asks this and
#   does not answer it.) We test: in bands of $r \ge 0.5$ a richer probe finds what a linear one does not.
#   *{glue:text}`verdict_C6`*
#
# The verdict comes from the results at scale, not from the live run; its rule is in the
# [ledger of claims](../claims.md).
#
# ## In short
#
# A richer head reads more from high bands than a linear one, but what it finds there is mostly no more than how
# strongly each channel answers, which DC tells as well (that is no proof that it reads nothing else): it is clearly
# more than in maps whose places are shuffled in {glue:text}`yes_strong_03` entries by which networks say yes, and in
# {glue:text}`blocks_strong_03` inside ResNet-20's stages. In the convolutional networks neither head nor backbone
# alone is to blame.
#
# After a ResNet's last stage a head that sees only the average of the maps cannot read high bands; nothing is shown
# to be lost by that, since power probes find no more there than in shuffled maps. Before it, of the high bands that
# are found (against controls of the same band) ResNet-20 and ResNet-56 leave unused {glue:text}`left_resnets` at the
# ends of stages, ResNet-20 {glue:text}`left_blocks` counting every block, SqueezeNet {glue:text}`left_squeezenet`:
# unused, that is, as long as the other bands are there. Without any of them blocks inside a stage lose far more than
# by single bands ({glue:text}`apart_03`); at those ends of stages still nothing is lost. And where bands end for
# good, it is at a stride that leaves no cells for them. In ViT-Tiny hardly anything is found in high bands; with
# {glue:text}`few_03` training images per class this stays open.

# %% [markdown]
# ## Method
#
# The maps of a layer are written in the orthonormal real Fourier basis; a band $b$ of $n_b$ cells and $C$ channels
# gives every image $n_b C$ coefficients $z$. Three probes are fitted on them, on one set of images, and scored on
# another:
#
# | probe | reads | can find |
# |---|---|---|
# | linear | $W z + c$ | patterns at a fixed place |
# | mlp | $W_2 \max(0, W_1 z + c_1) + c_2$ | what is not linear in the coefficients |
# | power | $W q + c$ with $q_o = \sum_{k \in o} z_k^2$ over $o = (\pm k_y, \pm k_x)$ | textures, wherever they lie |
#
# Each minimizes the mean cross-entropy plus $\frac{\lambda}{2} \lVert W \rVert^2$ on the same images. Linear and mlp
# read features of one common scale, power reads each over its own mean. Linear and power are fitted until they
# converge, mlp for a fixed number of passes over the images. Bands with more coefficients than `dimension` are seen
# through as many random directions, so that a band does not win by its size.
#
# Four **controls** take the network's place: *permuted* labels, an *untrained* network of the same architecture, the
# *pixels* of the same band at the layer's resolution, and a *projection* of all pixels to as many numbers, which sees
# the whole image and not the band alone. Then
#
# - **usable** information = top-1 of the probe minus top-1 of its best control, on the same images;
# - **used** information = top-1 that the network loses when the band is replaced by its mean ({doc}`01_layerwise`).
#
# A probe that fails shows that it did *not find* anything, not that nothing is there.

# %% tags=["hide-input"]
import os
from ast import literal_eval
from math import inf
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch
from IPython.display import display
from matplotlib.patches import Patch
from myst_nb import glue

import freqlib as fl
from freqlib.experiments.evaluation.intervals import written
from freqlib.experiments.probing.usage import DECIDED, MISSED, NOT_FOUND, UNUSED, USED, corrected, last_found, usage
from freqlib.report import claims
from freqlib.report.networks.checkpoints import train_checkpoint
from freqlib.report.networks.compared import called, name_layers
from freqlib.report.plots import draw_heat, draw_intervals, panels
from freqlib.report.results.chapter import Chapter, check_tables
from freqlib.report.results.stored import stored
from freqlib.report.runs.profiles import checkout

sns.set_theme(style="white", context="notebook", font_scale=0.8, palette="colorblind")
os.chdir(checkout())  # where the paths below begin, also if Jupyter has started in notebooks/

# %% [markdown]
# ### Parameters
#
# Change `model` to any name of timm, to `torchvision:NAME` or to `cifar:resnet20`, `weights` to `"pretrained"` or a
# file, and run the notebook.

# %% tags=["parameters"]
model: str = "cifar:resnet20"  # whose layers are probed: a name of timm, "torchvision:NAME" or "cifar:NAME"
weights: str = "data/checkpoints/photo-patches_resnet20.safetensors"  # a file, "pretrained", or "" for random weights
dataset: str = "photo-patches"  # as load_data takes it
fit: int = 480  # images that probes are fitted on, a stratified draw of the training split; 0 for all
limit: int = 240  # images that they are scored on, of the test split; 0 for all
fit_split: str = "train"  # of the data set, to fit on
split: str = "test"  # of the data set, to score on
classes: str = ""  # for folders: "index", "sorted" or a JSON list of the classes; "" for none
size: int = 0  # for folders: pixels of the shorter side, of which the middle is taken; 0 for images that agree in size
outputs: str = ""  # a JSON list of the logits to keep, in the order of the classes; "" for all
resize: int = 0  # pixels a side to which the model resizes the images; 0 for what it was trained with
layers: str = "default"  # "blocks", "default", or names separated by commas
bands: str = "four"  # "four" or "seven"
kinds: list[str] = ["linear", "mlp", "power"]  # of probes
controls: list[str] = ["permuted", "untrained", "pixels", "projection"]  # in the network's place
strengths: list[float] = [0.01]  # of the penalty; of several the best is chosen by cross-validation
dimension: int = 128  # bands with more numbers are projected onto so many directions; 0 for none
whole: bool = True  # False measures the control with shuffled places and nothing else
octaves: bool = True  # also probe bands in cycles per image, to see where each is lost
train_steps: int = 0  # if not 0, train the checkpoint anew for one epoch of so many steps instead of loading it
memory: float = 0.0  # limit in bytes for the sweep; 0 lets it choose
results: str = ""  # name under which the tables are kept in data/results/03_classifier; "" keeps none

# %% tags=["hide-input"]
known = {"four": fl.Bands.four(), "seven": fl.Bands.seven()}
if bands not in known:
    raise fl.InputError(f"bands is {bands!r}, but must be 'four' or 'seven'.")
check_tables([], [], results, train_steps)
if whole and not controls:
    raise fl.InputError("controls is [], but usable information is what a probe has over a control; name one or more.")
loading = {"classes": classes or None, "size": size or None}
data = fl.load_data(dataset, split=split, limit=limit or None, **loading)
train_data = fl.load_data(dataset, split=fit_split, limit=fit or None, **loading)
if fit_split == split:  # a set with one split: what is not scored is fitted on
    train_data = train_data.select(~torch.isin(train_data.index, data.index))
if train_steps and Path(weights).stem == "photo-patches_resnet20":
    train_checkpoint("photo-patches_resnet20", ".cache/checkpoints", epochs=1, steps=train_steps)
    weights = f".cache/checkpoints/{Path(weights).name}"
network = fl.load_model(model, weights=weights or None, outputs=outputs or None, resize=resize or None)
found = fl.layers(network, data.shape)
cuts = ["input", *name_layers(network, data.shape, layers)]
settings = {
    "model": model, "weights": Path(weights).name, "dataset": dataset, "fit": fit, "limit": limit, "fit_split": fit_split,
    "split": split, "classes": Path(classes).name, "resize": resize, "layers": layers, "dimension": dimension,
} | ({"size": size} if size else {})  # fmt: skip


def measure(part, experiment, *arguments, **options):
    """One experiment; with `results` its progress and its table are kept."""
    path = f"data/results/03_classifier/{results}_{part}.csv" if results else None
    return stored(experiment, path, settings, network, *arguments, **options)


probing = {"kinds": kinds, "controls": controls, "strength": strengths, "dimension": dimension or None}
pd.DataFrame({"to fit on": [len(train_data)], "to score on": [len(data)], "classes": [len(data.classes)]}).style.hide()

# %% [markdown]
# ## Step 1: what can be read
#
# Every band of every layer, three probes. Each entry is top-1 minus that of the best control; in brackets where its
# interval (all are simultaneous) does not lie above zero.

# %% tags=["hide-input"]
if whole:
    probes = measure("probes", fl.probe_layers, train_data, data, cuts, bands=known[bands], **probing)


# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-usable", "caption": "**Usable information, live run.** Points of top-1 that a probe on one band of one layer has over its best control; in brackets where that is not clear of zero."}, "image": {"alt": "Heat maps, one per kind of probe: layers downward, bands to the right, usable information in points."}}
def grid(cells, kind, value):
    """A column of the cells of one kind: layers downward, bands to the right."""
    wide = cells[cells.kind == kind].pivot(index="layer", columns="band", values=value)
    return wide.reindex(cells.layer.unique(), columns=cells.band.unique())


def draw_kind(cells, kind, ax, label, reach):
    """What one kind of probe finds, in points; in brackets what is not clear of zero, all cells together."""
    points = 100 * grid(cells, kind, "usable")
    text = points.map("{:.1f}".format)
    text = text.where(grid(cells, kind, "usable_low") > 0, "(" + text + ")")
    draw_heat(points, ax, text, label, cmap="vlag_r", vmin=-reach, vmax=reach)
    ax.set(title=kind, xlabel="band")
    ax.tick_params(axis="x", rotation=45)


def draw_usable(probes, figure, kinds=None, reach=0.0):
    """What each kind of probe finds beyond its best control, one heat map per kind."""
    kinds, cells = kinds or list(dict.fromkeys(probes.kind)), corrected(probes)
    reach = reach or max(1.0, 100 * float(probes.usable.abs().max()))
    for ax, kind in zip(figure.subplots(1, len(kinds), sharey=True, squeeze=False).flat, kinds, strict=True):
        draw_kind(cells, kind, ax, "usable information (points)" if kind == kinds[-1] else None, reach)


if whole:
    fits = (0.8 + 2.8 * probes.kind.nunique(), 1.9 + 0.32 * probes.layer.nunique())
    draw_usable(probes, plt.figure(figsize=fits, layout="constrained"))

# %% [markdown]
# Which control is the best one tells what the network has to beat. A probe that reads a band of the network's map no
# better than the pixels of that band, or than a projection of the image, has found the image, not the network's work.
# At the input the pixels are their own control, so nothing there can be usable by this measure.

# %% tags=["hide-input"]
if whole:
    tops = ["top1", *(f"top1_{control}" for control in controls)]
    means = probes[probes.status == "ok"].groupby(["layer", "kind"], sort=False)[tops].mean()
    display((100 * means).style.format(precision=1))

# %% [markdown]
# Mean top-1 over the bands, in per cent, with the probe itself first and its controls after it.
#
# **Frequency, or strength?** After a rectifier, a channel that answers strongly has energy at all frequencies. A
# probe on a high band may then read how strong each channel is, which DC tells as well. So there is one more control:
# the network's own maps with their *places shuffled*, all channels alike and anew for every image. Every channel
# keeps its values; what is at which frequency is gone.

# %% tags=["hide-input"]
inner = [cut for cut in cuts if cut != "input"]
apart = probing | {"kinds": [kind for kind in kinds if kind != "mlp"] or ["power"], "controls": ["shuffled"]}
strength = measure("shuffled", fl.probe_layers, train_data, data, inner, bands=known[bands], **apart)


def beyond_strength(table):
    """What probes find in bands of r >= .5 beyond maps whose places are shuffled."""
    rows = corrected(table)
    rows = rows[rows.band_low >= 0.5].assign(top1=100 * rows.top1, shuffled=100 * rows.top1_shuffled)
    rows = rows.assign(beyond=written(rows, "usable", times=100))
    return rows[["layer", "band", "kind", "top1", "shuffled", "beyond"]]


beyond_strength(strength).style.format(precision=1).hide()

# %% [markdown]
# Bands of $r \ge 0.5$: top-1 of the probe and of the same probe on shuffled maps, in per cent, and what the first has
# beyond the second, with simultaneous intervals.
#
# ## Step 2: what is used
#
# The same bands at the same layers are replaced by their mean over the images, and the rest of the network goes on.

# %% tags=["hide-input"]
if whole:
    removing = {"modes": "remove", "fill": "mean", "controls": (), "memory": memory or None}
    edited = [cut for cut in cuts if cut in found.name[found.editable].tolist()]
    swept = measure("removed", fl.sweep, data, edited, bands=known[bands], **removing)
    used = swept[(swept["mode"] == "remove") & (swept.layer != "none")]
    table = -100 * used.pivot(index="layer", columns="band", values="d_top1")
    display((table.loc[edited, list(known[bands].names)].round(1) + 0.0).style.format(precision=1))  # no minus zero

# %% [markdown]
# Points of top-1 that are lost.
#
# ## Step 3: the map of the network

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-03-usage", "caption": "**Found, and used? Live run.** Each entry: usable / used information, in points of top-1; the colour says which of the two is clear of zero."}, "image": {"alt": "A grid of layers and bands, each cell coloured as not found, found but unused, or used."}}
COLOURS = {NOT_FOUND: "0.92", UNUSED: "#e1b35a", USED: "#3f7fb5", MISSED: "#b9d3e8", DECIDED: "#f3e3c0"}


def mark(row, place, ax):
    """One cell: usable and used information, coloured by the finding."""
    ax.add_patch(plt.Rectangle(place, 1, 1, facecolor=COLOURS[row.finding], edgecolor="white", lw=1.5))
    text, colour = f"{round(100 * row.usable)} / {round(100 * row.used)}", "white" if row.finding == USED else "black"
    ax.text(place[0] + 0.5, place[1] + 0.5, text, ha="center", va="center", fontsize=8, color=colour)


def draw_usage(table, ax):
    """For each layer and band whether it is found, and whether it is used."""
    layers_there, bands_there = list(table.layer.unique()), list(table.sort_values("band_low").band.unique())
    for row in table.itertuples():
        mark(row, (bands_there.index(row.band), layers_there.index(row.layer)), ax)
    ax.set(xlim=(0, len(bands_there)), ylim=(len(layers_there), 0), xlabel="band", ylabel="layer")
    ax.set_xticks([j + 0.5 for j in range(len(bands_there))], bands_there, rotation=30)
    ax.set_yticks([i + 0.5 for i in range(len(layers_there))], layers_there)


def draw_legend(ax):
    """What the colours mean, above the map."""
    handles = [Patch(facecolor=colour, edgecolor="0.7", label=finding) for finding, colour in COLOURS.items()]
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=8)
    ax.tick_params(length=0)
    sns.despine(ax=ax, left=True, bottom=True)


if whole:
    usages = usage(probes, swept).query("layer != 'input'")
    fits = (1.6 + 1.05 * usages.band.nunique(), 1.5 + 0.42 * usages.layer.nunique())
    ax = panels(1, fits)[1][0]
    draw_usage(usages, ax)
    draw_legend(ax)

# %% [markdown]
# Blank entries hold no frequency. Where a band is used though nothing was found, the network itself shows that the
# probes missed something, or that the best control holds as much. Where a head averages over all places, as a
# ResNet's does, it reads DC alone after the last stage: the use of every band is decided by construction there, and
# has a colour of its own. On photo-patches a class is a photograph, and hundreds of images are few for a probe: this
# map is an illustration.
#
# ## Step 4: where a band is lost
#
# In units of Nyquist a band is another set of frequencies on every grid. In cycles per image it is the same one all
# the way down, and a grid that is too coarse for it has no cell there. Its content need not be the same: rectifiers
# and strides carry what one frequency held to others, so that a band may well be found after a layer at which it was
# not.

# %% tags=["hide-input"]
edges = fl.Bands((0, 1, 2, 4, 8, 16, inf), ("DC", "1-2", "2-4", "4-8", "8-16", "16+"), "cycles/image")


def where_lost(table):
    """Where each band is found last, against all controls and against those that read the same band."""
    strict, own = last_found(table), last_found(claims.against(table))
    return strict.merge(own, on="band", suffixes=("", " (same band)"))


if whole and octaves:
    cheap = probing | {"kinds": [kind for kind in kinds if kind != "mlp"]}
    by_octave = measure("octaves", fl.probe_layers, train_data, data, cuts, bands=edges, **cheap)
    display(where_lost(by_octave).style.hide())

# %% [markdown]
# Linear and power probes. `last` is the deepest layer at which any of them finds the band beyond its controls, `next`
# the one after it, and `reason` whether that one has no cell for the band or has one in which nothing is found.
# Without a `next` the band is found to the end, without a `last` nowhere. At the left all controls are to be beaten;
# at the right those that read the same band, since the projection sees the whole image.

# %% [markdown]
# ## At scale
#
# What follows was computed beforehand with `freqlib run 03_classifier --profile full` and is kept in
# `data/results/03_classifier`. Only these tables decide claims.

# %% tags=["hide-input"]
chapter = Chapter("03_classifier")


def parts_of(run):
    """The tables that a run leaves."""
    parts = ["probes", "shuffled", "removed", *(["octaves"] if run.get("octaves", True) else [])]
    return parts if run.get("whole", True) else ["shuffled"]


glue("missing_03", ", ".join(chapter.missing(parts_of)) or "none", display=False)
chapter.overview().style.hide()

# %% [markdown]
# Still to be computed, by the same command: {glue:text}`missing_03`.

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-scale-usable", "caption": "**Usable information, at scale.** Linear probes find most in low bands; power probes find something in high bands as well, most of all late in a ResNet, but not in ViT-Tiny. MLP probes are not drawn. Points of top-1 that a probe on one band of one layer has over its best control; in brackets where that is not clear of zero (simultaneous 95 % intervals)."}, "image": {"alt": "For each network heat maps of usable information, one per kind of probe: layers downward, bands to the right."}}
probed, removed = chapter.of("probes"), chapter.of("removed")


def whose(run, table):
    """What readers call a run."""
    kind = {"all": ", all directions", "blocks": ", every block"}
    return called(table.model[0], table.dataset[0]) + kind.get(run.rpartition("-")[2], "")


main = {name: t for name, t in probed.items() if not name.endswith(("-all", "-blocks"))}
if main:
    tall = [1.9 + 0.32 * t.layer.nunique() for t in main.values()]
    sheet = plt.figure(figsize=(8, sum(tall)), layout="constrained")
    places = sheet.subfigures(len(tall), height_ratios=tall, squeeze=False).flat
    largest = 100 * max(float(t.usable[t.kind != "mlp"].abs().max()) for t in main.values())
    for place, (name, t) in zip(places, main.items(), strict=True):
        draw_usable(t, place, ["linear", "power"], largest)
        place.suptitle(whose(name, t))

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-scale-usage", "caption": "**Found, and used? At scale.** Each entry: usable / used information, in points of top-1; the colour says which of the two is clear of zero. After the last stage of a ResNet, which averages over all places, and after the last block of ViT-Tiny, whose head reads the class token, the use of every band is decided by construction."}, "image": {"alt": "For each network a grid of layers and bands, each cell coloured as not found, found but unused, or used."}}
both = {name: t for name, t in probed.items() if name in removed}
if both:
    tall = [1.7 + 0.42 * t.layer.nunique() for t in both.values()]
    size = (9, sum(tall))
    _, axes = plt.subplots(len(both), figsize=size, height_ratios=tall, squeeze=False, layout="constrained")
    for ax, (name, t) in zip(axes.flat, both.items(), strict=True):
        draw_usage(usage(t, removed[name]).query("layer != 'input'"), ax)
        draw_legend(ax)
        ax.set_title(whose(name, t), pad=40)


# %% tags=["hide-input"]
def findings(tables, controls):
    """How many cells of r >= .5 after the input there are of each finding, one row per run."""
    cases = [usage(t, removed[name]).query("layer != 'input' and band_low >= 0.5") for name, t in tables.items()]
    cases = [t.assign(run=name, controls=controls) for name, t in zip(tables, cases, strict=True)]
    cases = pd.concat([pd.DataFrame(columns=["run", "controls", "finding"]), *cases])
    counts = cases.groupby(["run", "controls", "finding"], sort=False).size().unstack(fill_value=0)
    return counts.reindex(columns=[*COLOURS], fill_value=0)


same = {name: claims.against(t) for name, t in both.items()}
left = findings(same, "same band").droplevel("controls")
for name, of in {
    "resnets": ["resnet20-cifar10", "resnet56-cifar10"], "blocks": ["resnet20-cifar10-blocks"],
    "squeezenet": ["squeezenet-tiny"],
}.items():  # fmt: skip
    shares = [f"{left[UNUSED][run]} of {left[UNUSED][run] + left[USED][run]}" for run in of if run in left.index]
    glue(f"left_{name}", " and ".join(shares) or "(open)", display=False)
pd.concat([findings(both, "all"), findings(same, "same band")]).sort_index(kind="stable")

# %% [markdown]
# Entries of $r \ge 0.5$ after the input, by finding: against all controls, as in the maps, and against those that
# read the same band alone. *Found but unused*: without this band alone nothing is lost; other bands may stand in for
# it (and the strength of a channel can be read from any; see C6). *Not found*: earlier layers may have removed it, or
# the probes may have missed it; where it is used all the same, something is there that the controls hold as well.
#
# How far bands stand in for each other, the removal of all of $r \ge 0.5$ at once tells (from {doc}`01_layerwise`):

# %% tags=["hide-input"]
OF_HALVES = {"resnet20-cifar10-blocks": "resnet20-cifar10-10k", "resnet56-cifar10": "resnet56-cifar10-10k"}
at_once = Chapter("01_layerwise").of("high")


def one_by_one(removed, joint):
    """The change of top-1 without r >= .5 of each layer: summed over single bands, and all of them at once."""
    bands = removed.query("layer != 'input' and band_low >= 0.5 and status == 'ok'")
    sums = (100 * bands.groupby("layer", sort=False).d_top1.sum()).rename("one by one").reset_index()
    whole = joint.query("mode == 'remove' and fill == 'mean' and band_low == 0.5 and status == 'ok'")
    return whole.assign(**{"at once [95 %]": written(whole, "d_top1", times=100)}).merge(sums, on="layer")


whole_runs = {"resnet20-cifar10-blocks", "resnet56-cifar10", "squeezenet-tiny", "vit-tiny"}  # every network once
each = [
    one_by_one(t, at_once[OF_HALVES.get(name, name)]).assign(run=whose(name, t))
    for name, t in removed.items()
    if name in whole_runs and OF_HALVES.get(name, name) in at_once
]
columns = ["run", "layer", "one by one", "at once [95 %]"]
each = pd.concat([pd.DataFrame(columns=[*columns, "d_top1"]), *each], ignore_index=True)
far_apart = (each["one by one"] - 100 * each.d_top1).astype(float)
told = "so many points one by one and at once"
if len(each):
    most = each.loc[far_apart.idxmax()]
    told = f"{-most['one by one']:.1f} points one by one and {-100 * most.d_top1:.1f} at once"
    told += f" ({most.run.partition(',')[0]}, {most.layer})"
glue("apart_03", told, display=False)
at_ends = each[each.layer.isin(["layer1", "layer2", "layer2.2"])]  # of the ResNets' stages, where strides follow
glue("ends_03", f"{-100 * at_ends.d_top1.min():.1f}" if len(at_ends) else "(open)", display=False)
each[columns].style.format(precision=1).hide()

# %% [markdown]
# Change of top-1 in points; what is removed is replaced by its mean. Single bands are a poor guide where others can
# stand in for them: without the high bands {glue:text}`apart_03` are lost. At the ends of the ResNets' first two
# stages nothing is, however they are removed: at most {glue:text}`ends_03` points, but for the end of ResNet-20's
# first.

# %% tags=["hide-cell"]
octave = chapter.of("octaves")
for name, t in octave.items():
    display(where_lost(t).style.hide().set_caption(f"{whose(name, t)}: where bands in cycles per image are found last"))
once = {name: t for name, t in octave.items() if not name.endswith("-blocks")}  # every network once
gone = pd.concat([pd.DataFrame(columns=["band", "reason (same band)"]), *map(where_lost, once.values())])
ways = gone["reason (same band)"].value_counts()
glue("no_cell_03", f"{ways.get('no cell', 0)} of {len(gone)}", display=False)
glue("stopped_03", f"{ways.get('not found', 0)} of {len(gone)}", display=False)

# %% [markdown]
# Does the network throw bands away, and where? The folded tables have, for every network, the last layer at which
# each band is found. Against controls of the same band, {glue:text}`no_cell_03` bands (every network once) are found
# up to the layer after which a stride leaves no cell for them, and {glue:text}`stopped_03` stop being found while
# there are still cells. The others are found to the end, or nowhere. Where they are found at all:

# %% tags=["hide-input"]


def found_at(table):
    """At which layers any kind of probe finds a band, against controls of the same band."""
    cells = corrected(claims.against(table)).query("layer != 'input'")
    marks = cells.assign(found=cells.usable_low > 0).groupby(["layer", "band"], sort=False).found.any().unstack()
    return marks.reindex(columns=table.band.unique()).map({True: "found", False: "–"}.get).fillna("no cell")


for name, t in octave.items():
    display(found_at(t).style.set_caption(f"{whose(name, t)}: found against controls of the same band"))

# %% [markdown]
# ### C6: what a linear head cannot use

# %% tags=["hide-cell"]
rivals = [t[t.layer != "input"].assign(run=name) for name, t in probed.items() if not name.endswith("-blocks")]
if rivals:
    counted = pd.concat(rivals).groupby(["run", "layer", "kind"], sort=False).best_control.value_counts()
    display(counted.unstack(fill_value=0).reset_index().style.hide())

# %% [markdown]
# Folded: in how many bands each control is the best one, for every layer and kind of probe; mostly it is the
# projection.

# %% tags=["hide-input"]
# The claim by its rule, and with other opponents of the probes, or with all directions of a band instead of some.
measured = {name: t for name, t in probed.items() if t.dataset[0] != "photo-patches"}
whole_bands = {name: t for name, t in measured.items() if name.endswith("-all")}
rule = {name: t for name, t in measured.items() if not name.endswith(("-all", "-blocks"))}
every = ["permuted", "untrained", "pixels", "projection"]
opponents = {
    "one control for all kinds": {"controls": every, "across_kinds": True},
    "controls that read the same band": {},
    "the pixels of the band alone": {"controls": ["pixels"]},
}
readings = {"the rule": rule}
readings |= {name: {run: claims.against(t, **how) for run, t in rule.items()} for name, how in opponents.items()}
readings |= {"all directions": whole_bands}
strictest = "all directions, controls that read the same band"
readings |= {strictest: {run: claims.against(t) for run, t in whole_bands.items()}}
networks = {run["model"] for run in chapter.runs.values()}


def sixth(tables):
    """Every network's entries of r >= .5 after the input."""
    found = [claims.richer_head(t).query("layer != 'input'").assign(run=name) for name, t in tables.items()]
    return pd.concat(found) if found else pd.DataFrame()


def by_network(tables):
    """The verdict of every network: the claim holds there if it does in one cell."""
    found = sixth(tables)
    return found.groupby("model", sort=False).verdict.agg(claims.anywhere) if len(found) else pd.Series(dtype=object)


def verdict_of(tables):
    """The claim holds if it does for every network."""
    verdicts = by_network(tables)
    return claims.together(verdicts) if len(verdicts) else "still to be computed"


c6 = {name: verdict_of(each) for name, each in readings.items()}
each = by_network(rule)
on = f"{(each == 'reproduced').sum()} of {len(each)} networks say yes"
unsure = ", ".join(f"{called(model)}: {verdict}" for model, verdict in each.items() if verdict != "reproduced")
on += f" ({unsure})" * bool(unsure) + f", {len(networks) - len(each)} to come" * (len(each) < len(networks))
entry_by_entry = sixth(rule)
if len(entry_by_entry):
    met, failed = ((entry_by_entry.verdict == verdict).sum() for verdict in ("reproduced", "not reproduced"))
    on += f", by {met} of {len(entry_by_entry)} entries; {failed} entries say no"
read = entry_by_entry[entry_by_entry.usable_low > 0] if len(entry_by_entry) else entry_by_entry
glue("read_C6", f"{len(read)} of {len(entry_by_entry)} entries", display=False)
glue("most_C6", f"{100 * read.usable.max():.0f}" if len(read) else "(open)", display=False)
shuffled = {name: t for name, t in chapter.of("shuffled").items() if not name.endswith("-blocks")}
high = [corrected(t).assign(run=run).query("band_low >= 0.5 and kind == 'power'") for run, t in shuffled.items()]
keys = ["run", "layer", "band"]
high = pd.concat([pd.DataFrame(columns=[*keys, "model", "depth", "usable_low"]), *high])
yes = pd.concat([pd.DataFrame(columns=[*keys, "verdict"]), sixth(rule)])
yes = yes.loc[yes.verdict == "reproduced", keys].merge(high, on=keys)
last = high[high.depth == high.groupby("model").depth.transform("max")] if len(high) else high
strong, in_last = (f"{(t.usable_low > 0).sum()} of {len(t)}" if len(t) else "(open)" for t in (high, last))
glue("yes_strong_03", f"{(yes.usable_low > 0).sum()} of {len(yes)}", display=False)
fine = [corrected(t) for name, t in chapter.of("shuffled").items() if name.endswith("-blocks")]
fine = pd.concat([pd.DataFrame(columns=["band_low", "kind", "usable_low"]), *fine])
fine = fine[(fine.kind == "power") & (fine.band_low >= 0.5)]
glue("blocks_strong_03", f"{(fine.usable_low > 0).sum()} of {len(fine)}", display=False)
glue("strong_03", strong, display=False)
glue("strong_last_03", in_last, display=False)
where = ", ".join(dict.fromkeys(called(t.model[0]) for t in whole_bands.values())) or "no network"
same_band = "controls that read the same band"
some = by_network(readings[same_band])
of_some = f" ({(some == 'reproduced').sum()} of {len(some)} networks say yes)" if len(some) else ""
beside = f"with {same_band}: {c6[same_band]}{of_some}; with {strictest} ({where}): {c6[strictest]}"
beside += f"; power probes find clearly more than in shuffled maps in {strong} entries"
beside += f", in {(yes.usable_low > 0).sum()} of the {len(yes)} that say yes"
glue("verdict_C6", c6["the rule"], display=False)
glue("found_C6", on, display=False)
glue("beside_C6", beside, display=False)
strict = sixth(readings[strictest])
deepest = strict[strict.depth == strict.depth.max()] if len(strict) else pd.DataFrame({"top1": [], "top1_richer": []})
gains = 100 * (deepest.top1_richer - deepest.top1)
glue("gain_03", f"{gains.min():.0f} to {gains.max():.0f}", display=False)

# %% tags=["hide-cell"]
MARKS = {"reproduced": "yes", "not reproduced": "no", "inconclusive": "open"}


def cells(tables):
    """One row per entry: does C6 hold there, and usable information of both probes with intervals, in points."""
    rows = sixth(tables).reset_index(drop=True)
    if len(rows):
        of_richer = rows.filter(like="_richer").rename(columns=lambda name: name.removesuffix("_richer"))
        texts = {"linear": written(rows, "usable", times=100), "richer": written(of_richer, "usable", times=100)}
        rows = rows.assign(**texts | {"richer": rows.kind + " " + texts["richer"]}, C6=rows.verdict.map(MARKS))
    return rows.reindex(columns=["run", "layer", "band", "C6", "linear", "richer"])


cells(rule).style.hide()

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-c6", "caption": "**C6, entry by entry.** Usable information of the linear probe and of the richer one that finds most, with intervals, for each band of $r \\ge 0.5$ of each layer. The claim holds in an entry (filled squares) where the richer probe is clearly beyond two points and the linear one is not. In the ResNets and in SqueezeNet the richer probe leads in late layers; in ViT-Tiny neither finds much."}, "image": {"alt": "One panel per network: for every layer and high band two points with horizontal intervals, the linear probe and the richer one."}}


def draw_entries(ax, rows):
    """Usable information of both probes for every layer and band of one network, in points."""
    ends = {"estimate": "usable", "low": "usable_low", "high": "usable_high"}
    linear = pd.DataFrame({name: rows[column] for name, column in ends.items()}).assign(solid=False)
    richer = pd.DataFrame({name: rows[f"{column}_richer"] for name, column in ends.items()})
    series = {"linear": linear, "richer": richer.assign(solid=rows.verdict == "reproduced")}
    draw_intervals(series, rows.layer + " " + rows.band, ax, times=100).axvline(2, color="0.5", lw=0.8, ls=":")
    ax.set(title=called(rows.model.iloc[0]), xlabel="usable information (points)")


entries = entry_by_entry
if len(entries):
    figure, axes = panels(entries.run.nunique(), (4.6, 3.6), most=2)
    for ax, (_, rows) in zip(axes, entries.groupby("run", sort=False), strict=True):
        draw_entries(ax, rows.reset_index(drop=True))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

# %% [markdown]
# The folded table has the numbers of the figure, with the name of the richer probe. A network answers yes if in one
# entry the richer probe is above its controls by more than two points and the linear one is not; the claim holds if
# every network does. **C6: {glue:text}`verdict_C6`**
# ({glue:text}`found_C6`).
#
# The rule is lax in four ways. (1) Each kind of probe has its own best control. (2) That control is mostly the
# projection, which sees the whole image and not the band. (3) The linear probe sees only {glue:text}`seen_03` of the
# directions of these bands, because large bands are projected to fewer numbers; the power probe has fewer numbers to
# read and sees more. (4) One entry is enough, however many contradict it: in {glue:text}`read_C6` the linear probe
# itself clearly finds something, up to {glue:text}`most_C6` points. The verdict by each reading:

# %% tags=["hide-input"]


def of_model(tables, model):
    """The tables of one network."""
    return {run: t for run, t in tables.items() if t.model[0] == model}


def in_short(tables):
    """Every cell as usable information of the linear / of the richer probe in points, with its verdict's mark."""
    rows = sixth(tables)
    pairs = zip(rows.usable, rows.usable_richer, rows.verdict, strict=True) if len(rows) else ()
    text = [f"{100 * one:.1f} / {100 * two:.1f} {MARKS[verdict]}" for one, two, verdict in pairs]
    return dict(zip(rows.layer + " " + rows.band, text, strict=True)) if len(rows) else {}


models = list(dict.fromkeys(t.model[0] for t in measured.values()))
by_reading = {
    name: {m: verdict_of(of_model(tables, m)) for m in models if of_model(tables, m)}
    for name, tables in readings.items()
}
by_reading = {name.replace(same_band, "same-band controls"): row for name, row in by_reading.items()}
pd.DataFrame(by_reading).T.fillna("–").rename(columns=called).reset_index(names="by").style.hide()

# %% tags=["hide-cell"]
for of in models:
    each = {name: of_model(tables, of) for name, tables in readings.items()}
    short = {name: in_short(tables) for name, tables in each.items() if tables}
    for some in (list(short)[:3], list(short)[3:]):
        display(pd.DataFrame({name: short[name] for name in some}).fillna("").style.set_caption(called(of)))

# %% [markdown]
# Folded: every entry by each reading, as usable information of the linear probe / of the richer one, in points.
# Controls that read the same band: permuted labels, the same network with random weights (whose band mixes what the
# image has at all frequencies, as any network's does), and the pixels of the band. All directions: the second and
# third stage, without MLP, at one strength of the penalty. By the strictest reading, the last, linear probes find
# something in every entry that they are shown whole (ResNet-20's second and third stage), and what remains is a
# matter of degree: of the same high band of the last stage the richer probe's top-1 is {glue:text}`gain_03` points
# above the linear one's.
#
# And is it frequency that the power probe reads? Against the same maps with their places shuffled (without projection
# for the runs named *-all*):

# %% tags=["hide-cell"]
ten = [t for t in shuffled.values() if t.dataset[0] == "cifar10"]
linear = pd.concat([t[(t.kind == "linear") & (t.band_low >= 0.5) & (t.status == "ok")] for t in ten] or [strength])
reached = 100 * linear.top1_shuffled
glue("shuffled_03", f"{reached.min():.0f} to {reached.max():.0f}", display=False)
by_run = [beyond_strength(t).assign(run=name) for name, t in shuffled.items()]
columns = ["run", "layer", "band", "kind", "top1", "shuffled", "beyond"]
pd.concat([pd.DataFrame(columns=columns), *by_run])[columns].rename(
    columns={"shuffled": "top-1, shuffled", "top1": "top-1"}
).style.format(precision=1).hide()


# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-shuffled", "caption": "**Frequency, or strength?** Top-1 of probes on bands of $r \\ge 0.5$ against that of the same probes on maps whose places are shuffled. On the line a probe finds nothing that needs frequencies; filled marks lie clearly above it. Most power probes are on the line or below it; the linear ones of the ResNets are above it."}, "image": {"alt": "Two scatter plots, linear and power probes: top-1 over top-1 on shuffled maps, with the diagonal."}}
def draw_run(ax, rows, run):
    """Top-1 of the probes of one run over that on shuffled maps; filled where it is clearly above."""
    (line,) = ax.plot(100 * rows.top1_shuffled, 100 * rows.top1, "o", ms=5, mfc="none", label=run)
    clear = rows[rows.usable_low > 0]
    ax.plot(100 * clear.top1_shuffled, 100 * clear.top1, "o", ms=5, color=line.get_color())


def draw_shuffled(ax, kind):
    """The same of every run for one kind of probe, one colour per run."""
    for run, table in shuffled.items():
        draw_run(ax, corrected(table).query("kind == @kind and band_low >= 0.5 and status == 'ok'"), whose(run, table))
    ax.axline((0, 0), slope=1, color="0.5", lw=0.8, ls=":")
    ax.set(title=f"{kind} probes", xlabel="top-1 on shuffled maps (%)", ylabel="top-1 (%)")


if shuffled:
    figure, axes = panels(2, (4.3, 4))
    for ax, kind in zip(axes, ("linear", "power"), strict=True):
        draw_shuffled(ax, kind)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)

# %% [markdown]
# The power probe finds clearly more than in shuffled maps in {glue:text}`strong_03` entries (ResNet-20's last two
# stages count twice, the second time without projection), in {glue:text}`strong_last_03` of those in a last stage,
# and in {glue:text}`yes_strong_03` of the entries by which networks say yes. Elsewhere the strength of each channel,
# which DC tells as well, is enough for what it finds. That is no proof that it reads nothing else, but the richer
# head's lead is no proof of high frequencies that a linear head fails to use, either. Inside ResNet-20's stages
# (*-blocks*, with fewer images) it finds more, more often: {glue:text}`blocks_strong_03`. The linear probe, which
# reads patterns at fixed places, reaches {glue:text}`shuffled_03` % top-1 on shuffled maps of CIFAR-10, where chance
# is 10: what it has beyond that is spatial.

# %% tags=["hide-input"]
seen = []
for t in rule.values():
    channels = fl.layers(t.model[0]).set_index("name").channels
    high = t[(t.kind == "linear") & (t.band_low >= 0.5) & (t.status == "ok") & (t.layer != "input")]
    seen += (high.dimension / (high.cells * high.layer.map(channels))).tolist()
glue("seen_03", f"{min(seen):.1%} to {max(seen):.0%}" if seen else "(open)", display=False)
fits = (
    pd.concat([t[(t.kind == "mlp") & (t.status == "ok")] for t in rule.values()])
    if rule
    else pd.DataFrame(columns=["converged", "residual"])
)
unfinished = fits[(fits.converged.astype(str) == "False") & (fits.residual > 0)]
glue("mlp_open", f"{len(unfinished)} of {len(fits)}", display=False)
glue("mlp_fall", f"{unfinished.residual.max():.3f}" if len(unfinished) else "0", display=False)
convex = pd.concat(
    [t[(t.kind != "mlp") & (t.status == "ok")] for t in rule.values()] or [pd.DataFrame({"converged": []})]
)
done = (convex.converged.astype(str) == "True").sum()
glue("convex_done", f"{done} of {len(convex)}", display=False)
at_end = []
for name, t in rule.items():
    of = t[(t.kind != "mlp") & (t.status == "ok") & (t.band_low >= 0.5) & (t.layer != "input")]
    offered = literal_eval(t.attrs["provenance"]["parameters"]["probe_layers"]["strength"])
    at_end.append(f"{(of.strength == max(offered)).sum()} of {len(of)} ({name})")
glue("edge_03", ", ".join(at_end) or "(open)", display=False)
few = {round(t.n_fitted[0] / t.classes[0]) for t in rule.values() if "tiny" in t.dataset[0]}
glue("few_03", ", ".join(map(str, few)) or "(open)", display=False)

# %% [markdown]
# ## Limits
#
# - A probe bounds what can be read from below: a larger one, or more images, may find more.
# - The best of four controls is a strict opponent. Where it wins, the band may still hold what the pixels hold.
# - The loss of {glue:text}`mlp_open` fits of an MLP was still falling when its passes were spent, by
#   {glue:text}`mlp_fall` at the most in the last one. Of the linear and power probes {glue:text}`convex_done` have
#   converged.
# - One public checkpoint per network, one untrained network, one permutation of the labels and one draw of
#   directions: the intervals speak of the test images alone.
# - ViT-Tiny and SqueezeNet are probed with {glue:text}`few_03` images per class: what is not found there may well be
#   there.
# - The penalty is chosen by cross-validation from a few strengths. In bands of $r \ge 0.5$ the strongest was chosen
#   by so many linear and power probes: {glue:text}`edge_03`. A still stronger one might let these find more.
# - Random directions blur the difference between bands of very different sizes; they do not remove it where a band has
#   fewer numbers than `dimension`.
# - The probed layers are the ends of stages, or every third block of ViT-Tiny: "between two layers" means between
#   those. Every block of ResNet-20 is probed with 10,000 images to fit on and without MLP (*-blocks*); C6 does not
#   rest on it.
# - Used information is measured band by band, with the network as it is. Bands that are alike stand in for each
#   other, and a head that was trained without the band might do without.
#
# ## Try it yourself
#
# ```bash
# freqlib run 03_classifier -p model cifar:resnet56 -p weights weights/resnet56_cifar10.safetensors \
#     -p dataset cifar10 -p fit 5000 -p limit 2000 -p bands seven
# ```
