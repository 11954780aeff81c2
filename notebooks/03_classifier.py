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
# ## What was claimed
#
# - **C6** "Can a linear head not use high-frequency features, or did the backbone discard them?" (S0 asks this and does
#   not answer it.) We test: in bands of $r \ge 0.5$ a richer probe finds what a linear one does not.
#
# The rule of the verdict is in the [ledger of claims](../claims.md).

# %% [markdown]
# ## Method
#
# The maps of a layer are written in the orthonormal real Fourier basis; a band $b$ of $n_b$ cells and $C$ channels gives
# every image $n_b C$ coefficients $z$. Three probes are fitted on them, on one set of images, and scored on another:
#
# | probe | reads | can find |
# |---|---|---|
# | linear | $W z + c$ | patterns at a fixed place |
# | mlp | $W_2 \max(0, W_1 z + c_1) + c_2$ | what is not linear in the coefficients |
# | power | $W q + c$ with $q_o = \sum_{k \in o} z_k^2$ over $o = (\pm k_y, \pm k_x)$ | textures, wherever they lie |
#
# Each minimizes the mean cross-entropy plus $\frac{\lambda}{2} \lVert W \rVert^2$ on the same images. Linear and mlp read
# features of one common scale, power reads each over its own mean. Linear and power are fitted until they converge, mlp for
# a fixed number of passes over the images. Bands with more coefficients than `dimension` are seen through as many random
# directions, so that a band does not win by its size.
#
# Four **controls** take the network's place: *permuted* labels, an *untrained* network of the same architecture, the
# *pixels* of the same band at the layer's resolution, and a *projection* of all pixels to as many numbers, which sees the
# whole image and not the band alone. Then
#
# - **usable** information = top-1 of the probe minus top-1 of its best control, on the same images;
# - **used** information = top-1 that the network loses when the band is replaced by its mean ({doc}`01_layerwise`).
#
# A probe that fails shows that it did *not find* anything, not that nothing is there.

# %%
from math import inf
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch
from IPython.display import display
from myst_nb import glue

import freqlib as fl
from freqlib.experiments.usage import last_found, usage
from freqlib.report import claims
from freqlib.report.chapter import Chapter
from freqlib.report.checkpoints import train_checkpoint
from freqlib.report.probe_plots import plot_usable, plot_usage
from freqlib.report.stored import stored

sns.set_theme(style="white", context="notebook", font_scale=0.8)

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
outputs: str = ""  # a JSON list of the logits to keep, in the order of the classes; "" for all
resize: int = 0  # pixels a side to which the model resizes the images; 0 for what it was trained with
layers: str = "default"  # "blocks", "default", or names separated by commas
bands: str = "four"  # "four" or "seven"
kinds: list[str] = ["linear", "mlp", "power"]  # of probes
controls: list[str] = ["permuted", "untrained", "pixels", "projection"]  # in the network's place
strengths: list[float] = [0.01]  # of the penalty; of several the best is chosen by cross-validation
dimension: int = 128  # bands with more numbers are projected onto so many directions; 0 for none
octaves: bool = True  # also probe bands in cycles per image, to see where each is lost
train_steps: int = 0  # if not 0, train the checkpoint anew for one epoch of so many steps instead of loading it
memory: float = 0.0  # limit in bytes for the sweep; 0 lets it choose
results: str = ""  # name under which the tables are kept in data/results/03_classifier; "" keeps none

# %% tags=["hide-input"]
known = {"four": fl.Bands.four(), "seven": fl.Bands.seven()}
if bands not in known:
    raise fl.InputError(f"bands is {bands!r}, but must be 'four' or 'seven'.")
data = fl.load_data(dataset, split=split, limit=limit or None, classes=classes or None)
train_data = fl.load_data(dataset, split=fit_split, limit=fit or None, classes=classes or None)
if fit_split == split:  # a set with one split: what is not scored is fitted on
    train_data = train_data.select(~torch.isin(train_data.index, data.index))
if train_steps:
    train_checkpoint("photo-patches_resnet20", ".cache/checkpoints", epochs=1, steps=train_steps)
    weights = f".cache/checkpoints/{Path(weights).name}"
network = fl.load_model(model, weights=weights or None, outputs=outputs or None, resize=resize or None)
found = fl.layers(network, data.shape)
groups = {"blocks": found[found.kind == "block"], "default": found[found.default]}
cuts = ["input", *(groups[layers].name if layers in groups else layers.split(","))]
settings = {
    "model": model, "weights": Path(weights).name, "dataset": dataset, "fit": fit, "limit": limit, "fit_split": fit_split,
    "split": split, "classes": Path(classes).name, "resize": resize, "layers": layers, "dimension": dimension,
}  # fmt: skip


def measure(part, experiment, *arguments, **options):
    """One experiment; with `results` its progress and its table are kept."""
    path = f"data/results/03_classifier/{results}_{part}.csv" if results else None
    return stored(experiment, path, settings, network, *arguments, **options)


probing = {"kinds": kinds, "controls": controls, "strength": strengths, "dimension": dimension or None}
pd.DataFrame({"to fit on": [len(train_data)], "to score on": [len(data)], "classes": [len(data.classes)]})

# %% [markdown]
# ## Step 1: what can be read
#
# Every band of every layer, three probes. Each cell is top-1 minus that of the best control; in brackets where the
# interval, widened so that all cells hold together, does not lie above zero.

# %% tags=["hide-input"]
probes = measure("probes", fl.probe_layers, train_data, data, cuts, bands=known[bands], **probing)

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-usable", "caption": "**Usable information, live run.** Points of top-1 that a probe on one band of one layer has over its best control."}, "image": {"alt": "Heat maps, one a kind of probe: layers downward, bands to the right, usable information in points."}}
figure = plot_usable(probes, model)

# %% [markdown]
# Which control is the best one tells what the network has to beat. A probe that reads a band of the network's map no better
# than the pixels of that band, or than a projection of the image, has found the image, not the network's work. At the input
# the pixels are their own control, so nothing there can be usable by this measure.

# %% tags=["hide-input"]
shown = probes[probes.status == "ok"]
tops = ["top1", *(f"top1_{control}" for control in controls)]
(100 * shown.groupby(["layer", "kind"], sort=False)[tops].mean()).style.format(precision=1)

# %% [markdown]
# Mean top-1 over the bands, in per cent, with the probe itself first and its controls behind it.
#
# ## Step 2: what is used
#
# The same bands at the same layers are replaced by their mean over the images, and the rest of the network goes on.

# %% tags=["hide-input"]
removed = measure(
    "removed", fl.sweep, data, cuts, bands=known[bands], modes="remove", fill="mean", controls=(), memory=memory or None
)
used = removed[(removed["mode"] == "remove") & (removed.layer != "none")]
table = -100 * used.pivot(index="layer", columns="band", values="d_top1")
(table.loc[cuts, list(known[bands].names)].round(1) + 0.0).style.format(precision=1)  # no minus zero

# %% [markdown]
# Points of top-1 that are lost.
#
# ## Step 3: the map of the network

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-03-usage", "caption": "**Found, and used? Live run.** Each cell: usable / used information, in points of top-1; the colour says which of the two is clear of zero."}, "image": {"alt": "A grid of layers and bands, each cell coloured as not found, found but unused, or used."}}
usages = usage(probes, removed)
ax = plot_usage(usages[usages.layer != "input"], cuts[1:])

# %% [markdown]
# Blank cells hold no frequency. Where a band is used though nothing was found, the network itself shows that the probes
# missed something, or that the best control holds as much. Where a head averages over all places, as a ResNet's does, it reads DC alone behind the
# last stage: whatever other bands hold there is unused by construction. On photo-patches a class is a photograph, and
# hundreds of images are few for a probe: this map demonstrates, it decides nothing.
#
# ## Step 4: where a band is lost
#
# In units of Nyquist a band is another set of frequencies on every grid. In cycles per image it is the same one all the
# way down, and a grid that is too coarse for it has no cell there.

# %% tags=["hide-input"]
edges = fl.Bands((0, 1, 2, 4, 8, 16, inf), ("DC", "1-2", "2-4", "4-8", "8-16", "16+"), "cycles/image")
if octaves:
    cheap = probing | {"kinds": [kind for kind in kinds if kind != "mlp"]}
    by_octave = measure("octaves", fl.probe_layers, train_data, data, cuts, bands=edges, **cheap)
    lost = last_found(by_octave)
    display(lost.style.hide())

# %% [markdown]
# Linear and power probes. `last` is the deepest layer at which any of them finds the band beyond its controls, `next` the one after it, and
# `reason` whether that one has no cell for the band or has one in which nothing is found.

# %% [markdown]
# ## At scale
#
# What follows was computed beforehand with `freqlib run 03_classifier --profile full` and is kept in
# `data/results/03_classifier`. Only these tables decide claims.

# %% tags=["hide-input"]
chapter = Chapter("03_classifier")


def parts_of(run):
    """The tables that a run leaves."""
    return ["probes", "removed", *(["octaves"] if run.get("octaves", True) else [])]


glue("missing_03", ", ".join(chapter.missing(parts_of)) or "none", display=False)
chapter.overview(model="model", data="dataset").style.hide()

# %% [markdown]
# Still to be computed, by the same command: {glue:text}`missing_03`.

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-scale-usable", "caption": "**Usable information, at scale.** Points of top-1 that a probe on one band of one layer has over its best control."}, "image": {"alt": "For each network heat maps of usable information, one a kind of probe: layers downward, bands to the right."}}
probed, removed = chapter.of("probes"), chapter.of("removed")
if probed:
    tall = [1.9 + 0.32 * t.layer.nunique() for t in probed.values()]
    whole = plt.figure(figsize=(11, sum(tall)), layout="constrained")
    places = whole.subfigures(len(tall), height_ratios=tall, squeeze=False).flat
    for place, (name, t) in zip(places, probed.items(), strict=True):
        plot_usable(t, name, figure=place)

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-03-scale-usage", "caption": "**Found, and used? At scale.** Each cell: usable / used information, in points of top-1; the colour says which of the two is clear of zero."}, "image": {"alt": "For each network a grid of layers and bands, each cell coloured as not found, found but unused, or used."}}
both = {name: t for name, t in probed.items() if name in removed}
if both:
    tall = [1.5 + 0.42 * t.layer.nunique() for t in both.values()]
    size = (9, sum(tall))
    _, axes = plt.subplots(len(both), figsize=size, height_ratios=tall, squeeze=False, layout="constrained")
    for ax, (name, t) in zip(axes.flat, both.items(), strict=True):
        behind = usage(t, removed[name]).query("layer != 'input'")
        plot_usage(behind, ax=ax).set_title(name, pad=26)

# %% tags=["hide-input"]
octave = chapter.of("octaves")
for name, t in octave.items():
    display(last_found(t).style.hide().set_caption(name))

# %% [markdown]
# ### C6: what a linear head cannot use

# %% tags=["hide-input"]
rivals = [t[t.layer != "input"].assign(run=name) for name, t in probed.items()]
if rivals:
    counted = pd.concat(rivals).groupby(["run", "layer", "kind"], sort=False).best_control.value_counts()
    display(counted.unstack(fill_value=0).reset_index().style.hide())

# %% [markdown]
# In how many bands each control is the best one, for every layer and kind of probe.

# %% tags=["hide-input"]
# The claim by its rule, against the controls of the same band, and with all directions of a band instead of some.
whole_bands = {name: t for name, t in probed.items() if name.endswith("-all")}
rule = {name: t for name, t in probed.items() if name not in whole_bands and t.dataset[0] != "photo-patches"}
readings = {"verdict_C6": rule, "C6_all": whole_bands}
within = {name: {run: claims.within_band(t) for run, t in each.items()} for name, each in readings.items()}
readings |= {"C6_band": within["verdict_C6"], "C6_all_band": within["C6_all"]}
networks = {run["model"] for run in chapter.runs.values()}


def sixth(tables):
    """Every network's cells of r >= .5 behind the input, in points."""
    found = [claims.richer_head(t).query("layer != 'input'").assign(run=name) for name, t in tables.items()]
    values = [c + end for c in ("usable", "usable_low", "usable_high") for end in ("", "_richer")]
    return pd.concat(found).assign(**{c: lambda rows, c=c: 100 * rows[c] for c in values}) if found else pd.DataFrame()


def verdict_of(tables):
    """The claim holds if every network has a cell where it does."""
    found = sixth(tables)
    models = found.groupby("model").verdict.agg(claims.anywhere) if len(found) else {}
    on = f"{', '.join(models.keys())}; {len(models)} of {len(networks)} networks"
    return f"{claims.together(models)} ({on})" if len(models) else "still to be computed"


for name, each in readings.items():
    glue(name, verdict_of(each), display=False)
strict = sixth(readings["C6_all_band"])
gains = (strict.usable_richer - strict.usable)[strict.layer == strict.layer.max()] if len(strict) else pd.Series([0.0])
glue("gain_03", f"{gains.min():.0f} to {gains.max():.0f}", display=False)

# %% tags=["hide-input"]


def cells(tables):
    """One row a cell: the verdict, and usable information of both probes with intervals, in points."""
    rows = sixth(tables)
    for end in ("", "_richer") if len(rows) else ():
        bounds = zip(rows["usable" + end], rows["usable_low" + end], rows["usable_high" + end], strict=True)
        rows["linear" if not end else "richer"] = [f"{u:.1f} ({low:.1f} to {high:.1f})" for u, low, high in bounds]
    several = ["run"] * (len(tables) > 1)
    return rows.reindex(columns=[*several, "layer", "band", "verdict", "linear", "kind", "richer"])


captions = ["by the rule", "all directions", "controls of the same band", "all directions, controls of the same band"]
for caption, each in zip(captions, readings.values(), strict=True):
    display(cells(each).style.hide().set_caption(caption))

# %% [markdown]
# Bands of $r \ge 0.5$ at every layer: usable information, in points, of the linear probe and of the richer one that finds
# most (`kind`). A network answers yes if in one cell the richer probe is above its controls by more than two points and the
# linear one is not; the claim holds if every network does. **C6: {glue:text}`verdict_C6`.**
#
# Two things stand in the linear probe's way besides its form. The hardest control is most often one that sees the whole image.
# Against the controls that see the band alone, the verdict would be: {glue:text}`C6_band`. And in the bands of
# $r \ge 0.5$ behind the input it sees {glue:text}`seen_03` of the directions of a band, where the power probe, which has
# fewer numbers to read, sees more. With all directions of every band (second and third stage), the verdict would be:
# {glue:text}`C6_all`. With both changes: {glue:text}`C6_all_band`. What remains then is a matter of degree: of the same high
# band of the last stage the richer probe makes {glue:text}`gain_03` points more than the linear one.

# %% tags=["hide-input"]
seen = []
for t in rule.values():
    channels = fl.layers(t.model[0]).set_index("name").channels
    high = t[(t.kind == "linear") & (t.band_low >= 0.5) & (t.status == "ok") & (t.layer != "input")]
    seen += (high.dimension / (high.cells * high.layer.map(channels))).tolist()
glue("seen_03", f"{min(seen):.0%} to {max(seen):.0%}" if seen else "(open)", display=False)
fits = (
    pd.concat([t[(t.kind == "mlp") & (t.status == "ok")] for t in rule.values()])
    if rule
    else pd.DataFrame(columns=["converged", "residual"])
)
unfinished = fits[fits.converged.astype(str) == "False"]
glue("mlp_open", f"{len(unfinished)} of {len(fits)}", display=False)
glue("mlp_fall", f"{unfinished.residual.max():.3f}" if len(unfinished) else "0", display=False)

# %% [markdown]
# ## Limits
#
# - A probe bounds what can be read from below: a larger one, or more images, may find more.
# - The best of four controls is a strict opponent. Where it wins, the band may still hold what the pixels hold.
# - The loss of {glue:text}`mlp_open` fits of an MLP was still falling when its passes were spent, by {glue:text}`mlp_fall` at
#   the most in the last one. Linear and power probes have converged.
# - One public checkpoint a network, one untrained network, one permutation of the labels and one draw of directions: the
#   intervals speak of the test images alone.
# - Random directions blur the difference between bands of very different sizes; they do not remove it where a band has
#   fewer numbers than `dimension`.
# - Used information is measured with the network as it is. A head that was trained without the band might do without.
#
# ## Try it yourself
#
# ```bash
# freqlib run 03_classifier -p model cifar:resnet56 -p weights weights/resnet56_cifar10.safetensors \
#     -p dataset cifar10 -p fit 5000 -p limit 2000 -p bands seven
# ```
