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
# # Do convolutional networks and transformers treat frequencies differently?
#
# A convolution looks at neighbours, attention at everything, a mixer at fixed weights over all places. Do their maps
# hold other frequencies, and do the networks need other ones? This chapter sets small networks of each kind side by
# side, layer by layer over relative depth, on the same images, and, at scale, networks stopped at equal accuracy.
#
# ## Claims and verdicts
#
# - **C2** The features of a ResNet collapse toward ultra-low frequencies with depth (S1). *{glue:text}`verdict_C2`*
# - **C4** A vision transformer collapses far less, and keeps its bands evenly across its blocks (S1).
#   *{glue:text}`verdict_C4`*
# - Attention lowers high frequencies, MLP and convolution raise them {cite}`park2022vision`.
#
# The verdicts come from the results at scale, not from the live run; their rules are in the
# [ledger of claims](../claims.md).
#
# ## In short
#
# Less than is claimed. Whether a ResNet's maps collapse depends on the slope: against the rule's null they cannot,
# among layers of one grid they do, in ResNet-20 through the last block of each grid alone. What sets the small ViT
# apart is its class token, which makes it independent of its map: by the plain index the same network that averages
# its tokens instead is at no depth more even than the ResNet, by the size-matched one it is at
# {glue:text}`mean_favour` depths, clearly at {glue:text}`mean_clear`. Attention moves the mean of a map more than the
# balance among its frequencies; the blocks of ResNets move both alike. The small transformers' spectra hardly move
# over depth, with random weights as after training: on a constant grid the rule's slope has little to measure.
# ViT-Tiny's changes its sign with the window.

# %% [markdown]
# ## Method
#
# **Spectra.** With $F$ the Fourier transform of a map, Park and Kim's relative log-amplitude is the mean over images
# and channels of $\ln(|F| + 10^{-6})$ along the half diagonal, minus its value at DC. Their published axis is
# mislabelled (its last sample lies at $0.857\,\pi$ on 7×7 and 14×14 maps); here it is the radius $r$, 1 at Nyquist
# along an axis and $\sqrt 2$ in the corner.
#
# **Collapse.** The centroid of a layer is the mean frequency of its energy without DC, in cycles per image, so that
# layers with different grids share an axis:
#
# $$c = \frac{\sum_{k \ne 0} |k|\, |F_k|^2}{\sum_{k \ne 0} |F_k|^2}$$
#
# A network that halves its grid lowers $c$ whatever it computes, and a rectifier makes DC out of anything. Hence the
# null: the same maps with their places shuffled at random have the same energy on every cell but DC, so their
# centroid is the mean of $|k|$ over the grid. The rule of C2 asks whether the slope of $c$ over relative depth lies
# below that of the null. Where the grid shrinks, the null falls so steeply that the difference stays positive
# whatever later maps contain; the smallest value it could take is given as *least*. So three slopes of
# $\ln(c / c_\text{null})$ are shown next to it:
#
# - `log_ratio`, over all layers: 0 for white maps on any grid, but it rises at every stride where a map holds more at
#   low frequencies than at high ones;
# - `within_grid`, among layers of the same grid, which no stride enters;
# - `channels`, over all layers, of the mean over channels of each one's own centroid, since sums of energy speak of
#   the strongest channels.
#
# The *collapse index* compares shares of energy below 8 cycles per image in the same way; grids of less than 12 cells
# a side hold nothing else. Edges that do not meet add high frequencies; the same with a Hann window shows how much.
#
# **Use.** Bands are kept and removed as in {doc}`01_layerwise`. The *invariance index* of a layer is the standard
# deviation over bands of top-1 with one band kept, divided by the clean top-1: small where all bands do alike. High
# bands hold more cells, so a second, *size-matched* index takes top-1 minus that with as many random frequencies; DC,
# which has no such control, is left out of it. Where
# the network does nearly as well without the map, no band can matter much: the *headroom* says how much it loses.

# %% tags=["hide-input"]
import json
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from myst_nb import glue

import freqlib as fl
from freqlib.experiments import accuracy, block_steps, collapse, invariance
from freqlib.experiments.evaluation.intervals import written
from freqlib.experiments.spectra.collapse import SLOPE
from freqlib.report import claims, plots
from freqlib.report.claims.architecture import READINGS
from freqlib.report.networks.checkpoints import train_checkpoint, trained
from freqlib.report.networks.compared import called, load_networks, name_layers
from freqlib.report.networks.recipes import RECIPES
from freqlib.report.plots import panels
from freqlib.report.results.chapter import Chapter, check_tables
from freqlib.report.results.stored import stored
from freqlib.report.runs.profiles import checkout
from freqlib.vision import untrained

sns.set_theme(style="white", context="notebook", font_scale=0.8, palette="colorblind")
os.chdir(checkout())  # where the paths below begin, also if Jupyter has started in notebooks/

# %% [markdown]
# ### Parameters
#
# Change `models` to any names of timm, `torchvision:NAME` or `cifar:NAME`, `weights` to as many files or
# `"pretrained"`, and run the notebook.

# %% tags=["parameters"]
models: list[str] = ["cifar:resnet20", "cifar:convnext", "cifar:vit", "cifar:vit-mean", "cifar:mixer"]  # compared
weights: list[str] = [
    "data/checkpoints/photo-patches_resnet20.safetensors",
    "data/checkpoints/photo-patches_convnext.safetensors",
    "data/checkpoints/photo-patches_vit.safetensors",
    "data/checkpoints/photo-patches_vit-mean.safetensors",
    "data/checkpoints/photo-patches_mixer.safetensors",
]  # of each model: a file, "pretrained", or "" for random weights
dataset: str = "photo-patches"  # as load_data takes it
split: str = "test"  # of the data set
limit: int = 120  # images, a stratified draw; 0 for all
classes: str = ""  # for folders: "index", "sorted" or a JSON list of the classes; "" for none
size: int = 0  # for folders: pixels of the shorter side, of which the middle is taken; 0 for images that agree in size
outputs: str = ""  # a JSON list of the logits to keep, in the order of the classes; "" for all
resize: int = 0  # pixels a side to which the models resize the images; 0 for what each was trained with
layers: str = "default"  # "blocks", "default", or names separated by commas
bands: str = "seven"  # "four" or "seven"
sweep: bool = True  # also keep and remove bands; False leaves steps 4 to 6 out
other_fill: bool = False  # also keep single bands with the mean in the place of the rest, for C4
train_steps: int = 0  # if not 0, train the checkpoints anew for one epoch of so many steps instead of loading them
train: bool = False  # train weights that are not there, by the recipe in freqlib.report.networks.recipes of their name
memory: float = 0.0  # limit in bytes for a sweep; 0 lets it choose
results: str = ""  # name under which the tables are kept in data/results/02_architecture; "" keeps none

# %% tags=["hide-input"]
known = {"four": fl.Bands.four(), "seven": fl.Bands.seven()}
if bands not in known:
    raise fl.InputError(f"bands is {bands!r}, but must be 'four' or 'seven'.")
check_tables([], [], results, train_steps)
if results and len(models) > 1:
    raise fl.InputError(f"results is {results!r} with {len(models)} models; tables are kept of one model at a time.")
own = Path(".cache/checkpoints")
for path in map(Path, weights if train else []):
    trained(path.stem, path.parent)
if train_steps:
    anew = [path for path in weights if Path(path).stem in RECIPES]
    for path in anew:
        train_checkpoint(Path(path).stem, own, epochs=1, steps=train_steps)
    weights = [str(own / Path(path).name) if path in anew else path for path in weights]
data = fl.load_data(dataset, split=split, limit=limit or None, classes=classes or None, size=size or None)
networks = load_networks(models, weights, outputs=outputs, resize=resize)
cuts = {model: name_layers(network, data.shape, layers) for model, network in networks.items()}
edited = {}
if min(len(set(names)) for names in cuts.values()) < 2 or (sweep and ["input"] in cuts.values()):
    raise fl.InputError(
        f"layers is {layers!r}, but what is asked is how layers differ; name two or more after the input."
    )
for model, network in networks.items():
    found = fl.layers(network, data.shape)
    edited[model] = [name for name in found.name[found.editable] if name in cuts[model]]
settings = {
    "models": models, "weights": [Path(path).name for path in weights], "dataset": dataset, "split": split,
    "limit": limit, "classes": Path(classes).name, "resize": resize, "layers": layers,
} | ({"size": size} if size else {})  # fmt: skip
if train:
    settings["training"] = json.loads(Path(weights[0]).with_suffix(".json").read_text())


def measure(part, experiment, model, *where, **options):
    """One experiment on one model; with `results` its table is kept."""
    path = f"data/results/02_architecture/{results}_{part}.csv" if results else None
    return stored(experiment, path, settings, networks[model], data, *where, **options)


pd.DataFrame(
    [
        {
            "model": model,
            "parameters (millions)": sum(p.numel() for p in network.parameters()) / 1e6,
            "top-1 (%)": 100 * accuracy(network, data),
            "layers": ", ".join(cuts[model]),
        }
        for model, network in networks.items()
    ]
).style.format(precision=2).hide()

# %% [markdown]
# ## Step 1: what the maps hold
#
# One line per layer, along the half diagonal. The first fall, from DC to the lowest frequency, is partly the work of
# rectifiers, which make DC out of anything; what comes after it says how slowly a map varies.


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-spectra", "caption": "**Relative log-amplitude, live run.** Along the half diagonal, from shallow (dark) to deep (light) layers; the vertical line is Nyquist along an axis."}, "image": {"alt": "Line plots, one panel per network: log-amplitude relative to DC falls with radial frequency, one line per layer."}}
RUNS = {}  # what readers call the runs at scale; filled where their tables are read


def draw_layers(tables):
    """The relative log-amplitude of every layer, one panel per network; all share their axes."""
    figure, axes = panels(len(tables), sharey=True)
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        plots.plot_spectra(table, ax=ax, legend=False).set_title(RUNS.get(name, name))
        ax.set(xlabel="", ylabel="", xlim=(0, 2**0.5))
    figure.supxlabel("radial frequency (1 = Nyquist)")
    figure.supylabel("relative log-amplitude")


spectra = {model: measure("spectra", fl.feature_spectra, model, cuts[model], along="diagonal") for model in networks}
draw_layers(spectra)

# %% [markdown]
# ## Step 2: attention, MLP, convolution
#
# A block of a transformer adds to its map twice: the result of attention, then that of an MLP. A block of a mixer
# mixes first places, then channels. A convolutional block is one step, with all that it holds: a ResNet's ends in a
# rectifier, a ConvNeXt's contains an MLP. By how much does each raise or lower $r \ge 0.5$ against DC?


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-steps", "caption": "**What a step does to high frequencies, live run.** Change of the relative log-amplitude of $r \\ge 0.5$ from before a step to after it; above zero it raises high frequencies. Blocks that change the grid are left out."}, "image": {"alt": "One panel per network: the change of high-frequency log-amplitude over relative depth, one line per kind of step."}}
def named(tables):
    """The tables of several networks, one below the other."""
    return pd.concat([t.assign(network=name) for name, t in tables.items()], ignore_index=True)


def reach(part, value):
    """How far the interval of a column reaches below and above it."""
    middle, low, high = (part[value + end].to_numpy(float) for end in ("", "_low", "_high"))
    return np.clip([middle - low, high - middle], 0, None)


def draw_lines(rows, ax, value, line, colours):
    """A column over relative depth, one line per kind of row; dashed where there is no interval."""
    for series, part in rows.groupby(line, sort=False):
        bars = reach(part, value)
        style = {"ms": 3.5, "lw": 1.2, "color": colours[series], "label": RUNS.get(series, series)}
        ax.errorbar(part.depth, part[value], bars, fmt="--" if np.isnan(bars).all() else "o-", **style)
    ends = ax.get_ylim() if rows[value].min() < 0 else (0, None)
    ax.set(xlabel="relative depth", xlim=(-0.03, 1.03), ylim=ends)


def name_lines(figure, axes, label):
    """One legend below all panels, and what the lines show at the side."""
    figure.supylabel(label)
    found = {name: handle for ax in axes for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(found.values(), found, loc="outside lower center", ncols=3, frameon=False)


def draw_over_depth(rows, value, label, panel, line="network"):
    """One panel for each value of a column, "" for one in all."""
    parts = dict(list(rows.groupby(panel, sort=False))) if panel else {"": rows}
    colours = dict(zip(rows[line].unique(), sns.color_palette("colorblind"), strict=False))
    figure, axes = panels(len(parts), (3.5, 2.9) if panel else (5.2, 3.6))
    for ax, (name, part) in zip(axes, parts.items(), strict=True):
        draw_lines(part, ax.set_title(RUNS.get(name, name)).axes, value, line, colours)
    name_lines(figure, axes, label)


def draw_steps(tables):
    """The change by each kind of step over depth, one panel per network."""
    draw_over_depth(named(tables), "change", "change of log-amplitude, r ≥ 0.5", "network", "step")
    for ax in plt.gcf().axes:
        ax.axhline(0, color="0.4", lw=0.8)


steps = {model: measure("steps", block_steps, model) for model in networks}
draw_steps(steps)

# %% tags=["hide-input"]


def pushes(tables):
    """How many steps of each kind clearly raise or lower high frequencies, against DC and against the lowest ring."""
    rows, counts = named(tables), {"steps": ("change", "size")}
    for column, against in {"change": "", "change_ring": ", from the lowest ring"}.items():
        ways = {"raise" + against: rows[f"{column}_low"] > 0, "lower" + against: rows[f"{column}_high"] < 0}
        rows = rows.assign(**ways)
        counts |= {"mean change" + against: (column, "mean")} | {name: (name, "sum") for name in ways}
    return rows.groupby(["network", "step"], sort=False).agg(**counts).reset_index()


pushes(steps).style.format(precision=2).hide()

# %% [markdown]
# How many steps of each kind raise or lower the high frequencies, each by its own 95 % interval, and the mean change.
# What a step does to DC enters the measure as much as what it does to high frequencies; at the right the same from
# the lowest frequencies instead.
#
# ## Step 3: do the maps collapse?

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-centroids", "caption": "**Centroid over depth, live run.** Mean frequency of the maps' energy without DC, the same for maps whose places are shuffled, and for the maps of the same network with random weights."}, "image": {"alt": "One panel per network: the centroid in cycles per image over relative depth, the dashed line of shuffled maps and the line of the untrained network."}}


def collapse_untrained(network, images, *where):
    """What `collapse` finds in the same network with random weights, whose batch norms have measured the images."""
    seed = settings.get("training", {}).get("seed", 0)
    return collapse(untrained(network, seed, images), images, *where)


def draw_centroids(tables, fresh):
    """The centroid of every layer beside that of its null and, where there is one, of the untrained network."""
    kinds = {"measured": tables, "untrained": fresh} if fresh else {"measured": tables}
    rows = pd.concat([named(ts).assign(of=kind) for kind, ts in kinds.items()])
    null = rows[rows.of == "measured"].drop(columns=["centroid_low", "centroid_high"])
    rows = pd.concat([rows, null.assign(of="places shuffled", centroid=null.null)])
    rows = rows[rows.layer != SLOPE]
    draw_over_depth(rows, "centroid", "centroid (cycles per image)", "network", "of")


centroids = {model: measure("collapse", collapse, model, cuts[model]) for model in networks}
fresh = {model: measure("collapse-untrained", collapse_untrained, model, cuts[model]) for model in networks}
draw_centroids(centroids, fresh)

# %% tags=["hide-input"]
tapered = {model: measure("collapse-hann", collapse, model, cuts[model], window="hann") for model in networks}


def slopes(tables):
    """The slope over depth of every network, beyond that of its null."""
    return pd.concat([table[table.layer == SLOPE] for table in tables.values()])


both = slopes(centroids).merge(slopes(tapered)[["model", "log_ratio"]], on="model", suffixes=("", " (Hann)"))
both = both.merge(slopes(fresh).reindex(columns=["model", "within_grid"]), on="model", suffixes=("", " (untrained)"))
beside = [*READINGS, "log_ratio (Hann)", "within_grid (untrained)"]
rounded = both[["model"]].assign(**{"beyond [95 %]": written(both, "beyond", digits=2)})
rounded = rounded.join(both.reindex(columns=beside).round(2).replace(-0.0, 0.0))
rounded.style.format(precision=2, na_rep="no two layers").hide()

# %% [markdown]
# Slopes per unit of relative depth: *beyond*, of the centroid minus that of its null (cycles per image), with its
# 95 % interval, and the three of $\ln(c / c_\text{null})$, the first once more with a Hann window, the second once more
# for the network with random weights: what is there already comes from padding, strides and rectifiers, not from
# training. On a constant grid the null is flat. On small grids the window itself spreads energy over neighbours. The
# batch norms of the random network have measured the images, as the first steps of a training would.

# %% tags=["hide-input"]


def low_shares(tables):
    """The collapse index of the layers that have one."""
    rows = pd.concat([pd.DataFrame(columns=["network"]), *(t.assign(network=n) for n, t in tables.items())])
    columns = ["network", "layer", "grid_height", "low_share", "null_low_share"]
    rows = rows.reindex(columns=[*columns, "collapse", "collapse_low", "collapse_high"])
    rows = rows[rows.collapse.notna()]
    return rows[columns].assign(**{"collapse [95 %]": written(rows, "collapse", digits=2)})


LOW_SHARES = {"grid_height": "grid", "low_share": "share", "null_low_share": "of the null"}
low_shares(centroids).rename(columns=LOW_SHARES).style.format({"grid": "{:.0f}"}, precision=2).hide()

# %% [markdown]
# The collapse index of the layers whose grids hold frequencies of 8 cycles per image and more: the share of energy
# below that, minus that of the shuffled maps, with its 95 % interval.
#
# ## Step 4: is a band enough, is it needed?

# %% tags=["hide-input"]
swept = {}
if sweep:
    for model in networks:
        options = {"bands": known[bands], "modes": ["isolate", "remove"], "memory": memory or None}
        swept[model] = measure("bands", fl.sweep, model, edited[model], **options)
for model in networks if other_fill else []:
    options = {"bands": known[bands], "modes": "isolate", "fill": "mean", "memory": memory or None}
    measure("bands-mean", fl.sweep, model, edited[model], **options)


def maps(tables, mode, value):
    """One heat map per network, on one colour scale."""
    _, axes = panels(len(tables), (5, 3.6), most=2)
    largest = max(100 * table[value][table["mode"] == mode].abs().max() for table in tables.values())
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        plots.plot_cells(table, mode, value, ax=ax, reach=largest).set_title(name)


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-isolate", "caption": "**Is one band enough? Live run.** Top-1 accuracy with only one band kept at one layer."}, "image": {"alt": "Heat maps of top-1 accuracy, one per network: layers downward, bands to the right."}}
if swept:
    maps(swept, "isolate", "top1")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-remove", "caption": "**Is one band needed? Live run.** Change of top-1 accuracy, in points, with one band removed at one layer."}, "image": {"alt": "Heat maps of the change of top-1 accuracy, one per network: layers downward, bands to the right."}}
if swept:
    maps(swept, "remove", "d_top1")

# %% [markdown]
# ## Step 5: how evenly are bands used?


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-indices", "caption": "**Invariance index over depth, live run.** Spread over bands of top-1 with one band kept, as a share of the clean top-1; at the right against as many random frequencies. Layers after which the architecture decides are left out."}, "image": {"alt": "Two panels of lines over relative depth, one line per network: the plain and the size-matched invariance index."}}
def draw_indices(tables):
    """The plain and the size-matched index over depth, one line per network."""
    rows, kinds = named(tables), {"invariance": "plain", "matched": "size-matched"}
    ends = ("", "_low", "_high")
    each = [rows.assign(of=kind, **{f"index{e}": rows[f"{name}{e}"] for e in ends}) for name, kind in kinds.items()]
    draw_over_depth(pd.concat(each), "index", "invariance index", "of")


if swept:
    draw_indices({model: invariance(table) for model, table in swept.items()})

# %% tags=["hide-input"]
names = ["invariance", "matched", "headroom"]
evenness = pd.concat([pd.DataFrame(columns=["model", "depth", *names]), *(invariance(t) for t in swept.values())])
evenness = evenness[evenness.depth > 0.25].groupby("model", sort=False)[names].mean()
twins = evenness.reindex(["cifar:vit", "cifar:vit-mean"])
for name in ("invariance", "matched"):
    glue(f"live_{name}", " and ".join(f"{value:.2f}" for value in twins[name].dropna()), display=False)
evenness.style.format(precision=2)

# %% [markdown]
# Means over the layers beyond depth 0.25; the networks of the live run differ in top-1 (first table), by which the
# indices are divided. Compare the two small vision transformers, which differ in their class token alone: with and
# without it the plain index is {glue:text}`live_invariance`, the size-matched one {glue:text}`live_matched`. The
# token keeps what it has gathered, whatever becomes of the map, so that every band kept alone starts from there and
# the bands look alike; as many random frequencies start from there, too, and that is taken off. Where the headroom is
# small, a small index is no sign of even use.
#
# ## Step 6: what remains without the map
#
# With every band gone a convolutional network gives the same answer for every image. A transformer's class token is
# untouched: it keeps what the patches have told it in the blocks before, and goes on with tokens that are zero.


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-nothing", "caption": "**What remains without the map, live run.** Top-1 when a layer's whole map is set to zero."}, "image": {"alt": "Lines over relative depth, one per network: top-1 accuracy without the map, rising only for the network with a class token."}}
def draw_nothing(tables):
    """Top-1 in per cent without a layer's map, zero-filled, one line per network."""
    rows = named(tables).query("band == 'nothing' and fill == 'zero'")
    shares = {column: 100 * rows[column] for column in ("top1", "top1_low", "top1_high")}
    draw_over_depth(rows.assign(**shares), "top1", "top-1 without the map (%)", "")


if swept:
    draw_nothing(swept)

# %% [markdown]
# ## At scale
#
# What follows was computed beforehand with `freqlib run 02_architecture --profile full` and is kept in
# `data/results/02_architecture`; the sweeps of the public networks are those of {doc}`01_layerwise`. Only these tables
# decide claims.

# %% tags=["hide-input"]
chapter = Chapter("02_architecture")
kept = chapter.tables | {f"{run}_bands": table for run, table in Chapter("01_layerwise").of("bands").items()}
matched = [run for run in chapter.runs.values() if "train" in run]
planned = {name: run for name, run in chapter.runs.items() if "train" not in run}
unreachable = [name for name, run in planned.items() if run["weights"] == ["pretrained"]]
glue("by_name_02", ", ".join(unreachable), display=False)
planned = {
    name: run for name, run in planned.items() if name not in unreachable or f"{run['results']}_collapse" in kept
}
measures = ("spectra", "steps", "collapse", "collapse-hann", "collapse-untrained")
wanted = [f"{run['results']}_{part}" for run in planned.values() for part in measures]
wanted += ["squeezenet-tiny_bands", "vit-tiny_bands"]
glue("missing_02", ", ".join(name for name in wanted if name not in kept) or "none", display=False)


def at_scale(part):
    """The tables of one part by the name of their run."""
    return {name.removesuffix(f"_{part}"): kept[name] for name in wanted if name.endswith(f"_{part}") and name in kept}


overview = [
    {
        "run": name,
        "model": t.model[0],
        "data": t.dataset[0],
        "images": t.n[0],
        "date": t.attrs["provenance"]["date"][:10],
    }
    for name, t in at_scale("collapse").items()
]
RUNS |= {name: called(t.model[0], t.dataset[0]) for name, t in at_scale("collapse").items()}
pd.DataFrame(overview, columns=["run", "model", "data", "images", "date"]).style.hide()

# %% [markdown]
# Still to be computed, by the same command (what ends in `bands` by that of {doc}`01_layerwise`):
# {glue:text}`missing_02`. Networks whose weights have to be downloaded join the figures once their tables are there:
# {glue:text}`by_name_02`, each by `freqlib run 02_architecture --profile full --only NAME`.

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-02-scale-spectra", "caption": "**Relative log-amplitude, at scale.** Along the half diagonal, from shallow (dark) to deep (light) blocks."}, "image": {"alt": "Line plots, one panel per network: log-amplitude relative to DC falls with radial frequency, one line per block."}}
if tables := at_scale("spectra"):
    draw_layers(tables)

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-02-scale-steps", "caption": "**What a step does to high frequencies, at scale.** Change of the relative log-amplitude of $r \\ge 0.5$ from before a step to after it."}, "image": {"alt": "One panel per network: the change of high-frequency log-amplitude over relative depth, one line per kind of step."}}
if tables := at_scale("steps"):
    draw_steps(tables)

# %% tags=["hide-input"]
pushed = pushes(at_scale("steps")) if at_scale("steps") else pd.DataFrame(columns=["network", "step"])
vit = pushed[pushed.network == "vit-tiny"].set_index("step")
for name, step, way in (("attention_lowers", "attention", "lower"), ("mlp_raises", "MLP", "raise")):
    for suffix, against in (("", ""), ("_ring", ", from the lowest ring")):
        share = f"{vit[way + against][step]} of {vit.steps[step]}" if step in vit.index else "(open)"
        glue(name + suffix, share, display=False)
for network in ("resnet20-cifar10", "resnet56-cifar10", "squeezenet-tiny"):
    block = pushed[(pushed.network == network) & (pushed.step == "block")]
    for way in ("raise", "lower"):
        share = f"{block[way].item()} of {block.steps.item()}" if len(block) else "(open)"
        glue(f"{network.split('-')[0]}_{way}", share, display=False)
pushed.replace({"network": RUNS}).style.format(precision=2).hide()

# %% [markdown]
# How many steps of each kind raise or lower the high frequencies, each by its own 95 % interval. In ViT-Tiny
# attention lowers them against DC in {glue:text}`attention_lowers` blocks, and the MLP raises them in
# {glue:text}`mlp_raises`. Measured from the lowest frequencies instead, attention lowers them in
# {glue:text}`attention_lowers_ring` blocks and the MLP raises them in {glue:text}`mlp_raises_ring`; most of the other
# blocks do the opposite. What attention does here is mostly to move DC; of the MLP this is less clear. That
# convolution raises high frequencies does not hold of these residual networks as a rule (ResNet-20:
# {glue:text}`resnet20_raise` blocks raise them, {glue:text}`resnet20_lower` lower them; ResNet-56:
# {glue:text}`resnet56_raise` and {glue:text}`resnet56_lower`). It holds of SqueezeNet, which has no residual path:
# {glue:text}`squeezenet_raise` blocks raise them, {glue:text}`squeezenet_lower` lower them.
#
# ### C2: does a ResNet collapse?

# %% tags=["hide-input", "remove-stderr"] mystnb={"figure": {"name": "fig-02-scale-centroids", "caption": "**Centroid over depth, at scale.** Mean frequency of the maps' energy without DC, the same for maps whose places are shuffled, and for the maps of the same network with random weights."}, "image": {"alt": "One panel per network: the centroid in cycles per image over relative depth, the dashed line of shuffled maps and the line of the untrained network."}}
if tables := at_scale("collapse"):
    draw_centroids(tables, at_scale("collapse-untrained"))

# %% tags=["hide-input"]
runs = {
    "none": at_scale("collapse"),
    "hann": at_scale("collapse-hann"),
    "none, untrained": at_scale("collapse-untrained"),
}
second = pd.DataFrame(
    [{"run": name, "window": window} | claims.collapses(t) for window, ts in runs.items() for name, t in ts.items()],
    columns=[
        *("run", "window", "model", "dataset", "centroid", "null", "estimate", "low", "high", "reachable", "verdict"),
        *(name + end for name in READINGS for end in ("", "_low", "_high", " verdict")),
    ],
)
resnets = [run["results"] for name, run in planned.items() if "resnet" in name]
rules = {"rule": "verdict"} | {name: f"{name} verdict" for name in READINGS}
joined_by = {}
for window in ("none", "hann"):
    for name, column in rules.items():
        ours = second[second.run.isin(resnets) & (second.window == window)][column]
        key = "verdict_C2" if (name, window) == ("rule", "none") else f"C2_{name}_{window}"
        joined_by[key] = claims.together(ours) if len(ours) == len(resnets) else "still to be computed"
glue("verdict_C2", joined_by["verdict_C2"], display=False)
sunk = second[second.run.isin(resnets) & (second.window == "none")]
told = " and ".join(written(sunk))
fresh_rows = second[second.run.isin(resnets) & (second.window == "none, untrained")]


def inner_slope(table):
    """The slope `within_grid` once more, without the last block of each grid."""
    rows = table[table.layer != SLOPE].assign(y=np.log(table.centroid / table.null))
    kept_rows = rows.drop(rows.groupby("grid_height").tail(1).index)
    x, y = (kept_rows[c] - kept_rows.groupby("grid_height")[c].transform("mean") for c in ("depth", "y"))
    return (x * y).sum() / (x * x).sum()


shorter = [f"{inner_slope(runs['none'][run]):.2f}" for run in sunk.run]
whole_slopes = [f"{value:.2f}" for value in sunk.within_grid]
glue("C2_within", " and ".join(whole_slopes) or "(open)", display=False)
glue("C2_within_shorter", " and ".join(shorter) or "(open)", display=False)
lifted = " and ".join(f"{value:.1f}" for value in fresh_rows.estimate) or "(open)"
inside = claims.together(sunk["within_grid verdict"]) if len(sunk) == len(resnets) else "still to be computed"
least = " and ".join(f"{value:.1f}" for value in sunk.reachable) or "(open)"
glue("C2_least", least, display=False)
limit = f"but no maps could meet the rule: after these first grids {least} is the least"
glue("found_C2", f"slopes of {told} cycles per image beyond the null's; {limit}", display=False)
beside = f"with random weights {lifted}; among layers of one grid: {inside}"
beside += f" ({' and '.join(whole_slopes)}; without the last block of each {' and '.join(shorter)})"
glue("beside_C2", beside, display=False)
for name in ("within_grid", "log_ratio"):
    texts = [f"{value:.2f}" for value in fresh_rows[name]]
    glue(f"C2_untrained_{name}", " and ".join(texts) or "(open)", display=False)
for window in ("none", "hann"):
    own = second[(second.run == "vit-tiny") & (second.window == window)].estimate
    glue(f"C2_vit_{window}", float(own.iloc[0]) if len(own) else float("nan"), display=False)
slopes_told = second[["run", "window", "centroid", "null"]].assign(**{"estimate [95 %]": written(second, digits=2)})
slopes_told.assign(least=second.reachable, verdict=second.verdict).replace({"run": RUNS}).style.format(
    precision=2, na_rep=""
).hide()

# %% [markdown]
# Slopes per unit of relative depth, in cycles per image: of the centroid and its null; `estimate` is their difference
# with its 95 % interval over images, `least` the smallest value it could take with any maps after the first grid;
# *untrained* is the same network with random weights.

# %% tags=["hide-input"]
columns = {"rule": "estimate"} | {name: name for name in READINGS}
texts = {name: written(sunk, column, digits=2) for name, column in columns.items()}
texts = pd.DataFrame(texts, sunk.run.map(RUNS.get))
decisions = {
    "verdict": ["verdict_C2", *(f"C2_{name}_none" for name in READINGS)],
    "with a Hann window": [f"C2_{name}_hann" for name in rules],
}
texts.T.assign(**{column: [joined_by[name] for name in names] for column, names in decisions.items()}).reset_index(
    names="slope"
).style.hide()

# %% tags=["hide-input"]
ends = low_shares(at_scale("collapse")).drop_duplicates(["network", "grid_height"], keep="last")
ends.replace({"network": RUNS}).rename(columns=LOW_SHARES).style.format({"grid": "{:.0f}"}, precision=2).hide()

# %% [markdown]
# The first of these tables has the rule and the three other slopes for the two ResNets, with 95 % intervals, and what
# the verdict would be by each. The second has the collapse index of the last layer of each grid: the share of energy
# below 8 cycles per image, minus that of the shuffled maps; it cannot be more than one minus the latter, and so says
# little on small grids.
#
# The claim is about ResNets: it holds if the slope of the centroid of each lies below its null's. **C2:
# {glue:text}`verdict_C2`.** But on these grids the rule could not be met: with such maps on the first grid, no later
# maps, not even of the lowest frequency alone, give a slope of less than {glue:text}`C2_least`. The other slopes can
# fall on either side, and where they differ, two things happen at once. Among the blocks of one grid the maps sink on
# the whole: `within_grid` is {glue:text}`C2_within` in ResNet-20 and ResNet-56, and {glue:text}`C2_within_shorter`
# without the last block of each grid, so that ResNet-20 owes all of it to these. And every stride lifts them again,
# relative to what its new grid can hold. "Collapse with depth" depends on which of the two is counted.
#
# With random weights the maps do not sink within a grid (`within_grid` {glue:text}`C2_untrained_within_grid`), so
# this fall comes with training; the lift at the strides is there before training, and larger (`log_ratio`
# {glue:text}`C2_untrained_log_ratio`). For ViT-Tiny, whose grid does not change, the sign depends on the window:
# {glue:text}`C2_vit_none:.2f` without and {glue:text}`C2_vit_hann:.2f` with it. The networks are single public
# checkpoints, so this speaks of them and not of training in general.
#
# ### C4: does a transformer use its bands more evenly?
#
# Two answers: of a pair of public networks, and, further down, of networks that were stopped at the same accuracy. The
# second decides the claim, since the index is a share of the clean accuracy.
#
# SqueezeNet and ViT-Tiny on the same Tiny ImageNet images and the same 200 classes. The pair differs in more than
# architecture: ViT-Tiny was fine-tuned on these classes and SqueezeNet was not, their top-1 is
# {glue:text}`vit_top1` and {glue:text}`squeeze_top1` %, by which the index is divided, and SqueezeNet has no residual
# path. The images are of 64 pixels, enlarged to 224: beyond $r \approx 0.29$ there is next to nothing in them.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-scale-indices", "caption": "**Invariance index over depth, at scale.** Spread over the bands that have cells of top-1 with one band kept, as a share of the clean top-1; at the right against as many random frequencies, without DC, which has no such control."}, "image": {"alt": "Two panels of lines over relative depth, one line per network: the plain and the size-matched invariance index."}}
pair = {name: kept[f"{name}_bands"] for name in ("squeezenet-tiny", "vit-tiny") if f"{name}_bands" in kept}
for name, short in (("vit-tiny", "vit"), ("squeezenet-tiny", "squeeze")):
    clean = pair[name].query("mode == 'none'").top1.iloc[0] if name in pair else float("nan")
    glue(f"{short}_top1", f"{100 * clean:.1f}", display=False)
if pair:
    draw_indices({name: invariance(table) for name, table in pair.items()})

# %% tags=["hide-input"]
columns = ["layer", "verdict", "estimate", "low", "high", "value", "other_value"]
columns += ["headroom", "other", "other_headroom"]
even, sloped = pd.DataFrame(columns=[*columns, "index"]), pd.DataFrame(columns=columns)
if len(pair) == 2:
    even = claims.more_even(pair["vit-tiny"], pair["squeezenet-tiny"])
rule_rows = even[even["index"] == "size-matched"]
whose = {"layer": "ViT-Tiny", "other": "SqueezeNet", "value": "its index", "other_value": "the other's"}
whose |= {"headroom": "its headroom", "other_headroom": "the other's headroom"}
pairs_told = rule_rows[[*whose]].rename(columns=whose).assign(**{"estimate [95 %]": written(rule_rows, digits=3)})
pairs_told.assign(verdict=rule_rows.verdict).style.format(precision=3).hide()

# %% tags=["hide-input"]


# What is counted, and as what it is shown.
COUNTED = {"favour": "smaller", "clear": "clearly smaller", "reversed": "clearly larger"}


def counted(table, keys):
    """At how many layers each index is smaller for the transformer, and at how many clearly."""
    met = table.assign(
        favour=table.estimate < 0, clear=table.verdict == "reproduced", reversed=table.verdict == "not reproduced"
    )
    columns = {"depths": ("layer", "size")} | {name: (name, "sum") for name in COUNTED}
    return met.groupby(keys, sort=False).agg(**columns).reset_index()


tally = counted(even, ["index"])
for name, index in {"rule": "size-matched", "points": "in points"}.items():
    row = tally[tally["index"] == index]
    for column in ("favour", "clear"):
        share = f"{row[column].item()} of {row.depths.item()}" if len(row) else "(open)"
        glue(f"C4_{name}_{column}", share, display=False)
tally.rename(columns=COUNTED).style.hide()

# %% tags=["hide-input"]
ready = len(pair) == 2 and all({"squeezenet-tiny", "vit-tiny"} <= set(runs[window]) for window in ("none", "hann"))
if ready:
    sloped = pd.DataFrame(
        [
            {"slope": slope, "window": window}
            | claims.collapses_less(runs[window]["vit-tiny"], runs[window]["squeezenet-tiny"], slope)
            for slope in ("beyond", *READINGS)
            for window in ("none", "hann")
        ]
    )
c4 = claims.together([*rule_rows.verdict, *sloped.verdict[:1]]) if ready else "still to be computed"
glue("C4_rule", c4, display=False)
whose = {"value": "ViT-Tiny", "other_value": "SqueezeNet"}
sloped_told = sloped.reindex(columns=["slope", "window", *whose]).rename(columns=whose)
sloped_told = sloped_told.assign(**{"estimate [95 %]": written(sloped, digits=2)}, verdict=sloped.verdict)
sloped_told.style.format(precision=2).hide()

# %% [markdown]
# First every block of the transformer beyond depth 0.25 against SqueezeNet's layer nearest in depth, by the
# size-matched index; then, at how many of them each index is smaller or larger for the transformer. `in points` does
# not divide by the clean top-1; `shared bands` takes only bands that have cells and a control in both layers. Last
# the slopes of C2, whose sizes are compared: a slope above zero is no collapse, and counts as much as one below. What
# is removed is set to zero. The intervals make no use of the images being the same, and those that could refute the
# claim are simultaneous (Bonferroni).
#
# The claim asks for the size-matched index at every layer and for the slope. For this pair it is
# **{glue:text}`C4_rule`**: {glue:text}`C4_rule_clear` layers are clear. But the index is a share of the clean top-1,
# and the transformer's is the larger one; in points of accuracy {glue:text}`C4_points_favour` layers favour it and
# {glue:text}`C4_points_clear` are clear. Two more things favour it for free. Its grid does not shrink. And the index
# is small for two reasons that are not even use: up to the middle hardly any band alone is enough for anything; and
# in the last blocks the class token already holds the answer, which leaves the bands little headroom.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-scale-nothing", "caption": "**What remains without the map, at scale.** Top-1 when a layer's whole map is set to zero."}, "image": {"alt": "Lines over relative depth, one per network: top-1 accuracy without the map."}}
if pair:
    draw_nothing(pair)

# %% tags=["hide-input"]
columns = ["layer", "depth", "top1", "top1_low", "top1_high", "band", "fill"]
alone = pair.get("vit-tiny", pd.DataFrame(columns=columns))
alone = alone[(alone.band == "nothing") & (alone.fill == "zero") & (alone.depth > 0.5)]
ends = written(alone, "top1", times=100)
alone[["layer", "depth"]].assign(**{"top-1 (%) [95 %]": ends}).style.format(precision=2).hide()

# %% [markdown]
# What ViT-Tiny's class token alone still knows in the second half of the network, with 95 % intervals.
#
# ### Matched in accuracy, over seeds
#
# SqueezeNet and ViT-Tiny differ in more than architecture: size, accuracy and training. The networks of this section
# are the small ones of the live run, trained on CIFAR-10 with one augmentation and batch size. Each training ends at
# the first evaluation at which top-1 on the test images is within half a point of {glue:text}`matched_target` %. The
# target is low to save computing, so this speaks of networks early in training, whose maps need not behave as those
# of trained ones: compare the slopes below with those above. And they do not stop alike: optimizer (SGD for the
# ResNet, AdamW for the others), weight decay, length of the learning-rate cycle and place in it differ, as the first
# table shows. Maps and bands are of {glue:text}`matched_images` test images. Left out, as not matched or not computed
# yet: {glue:text}`missing_matched`.

# %% tags=["hide-input"]
parts = ("spectra", "steps", "collapse", "collapse-hann", "bands")
trainings = {
    run["results"]: kept[f"{run['results']}_bands"].attrs["provenance"]["parameters"]["training"]
    for run in matched
    if all(f"{run['results']}_{part}" in kept for part in parts)
}
fit = [run for run in matched if trainings.get(run["results"], {}).get("matched") is True]
glue("missing_matched", ", ".join(run["results"] for run in matched if run not in fit) or "none", display=False)
by_model = {}
for run in fit:
    by_model.setdefault(run["models"][0], []).append(run["results"])
by_model = {name: results for name, results in by_model.items() if len(results) >= 3}
matched_tables = {
    part: {name: [kept[f"{result}_{part}"] for result in results] for name, results in by_model.items()}
    for part in parts
}


def of_seeds(part, name):
    """The tables of one part and network, by the seed of the training."""
    tables = {result.rpartition("-")[2]: kept.get(f"{result}_{part}") for result in by_model.get(name, [])}
    return {seed: table for seed, table in tables.items() if table is not None}


fresh_draws = {name: [*of_seeds("collapse-untrained", name).values()] for name in by_model}
made = [
    {"run": name, **notes["training"], "steps": notes["steps_done"], "test top-1": notes["test_top1"]}
    for name, notes in trainings.items()
    if notes.get("matched") is True
]
columns = ["run", "optimizer", "lr", "weight_decay", "epochs", "steps", "batch", "test top-1"]
made = pd.DataFrame(made, columns=columns)
made["images"] = made.steps * made.pop("batch")
of_resnets = made.images[made.run.str.contains("resnet")]
seen_by_resnets = f"{of_resnets.min():,} to {of_resnets.max():,}" if len(of_resnets) else "(open)"
images = {int(table.n[0]) for tables in matched_tables["bands"].values() for table in tables}
targets = {f"{100 * notes['training']['until']:.0f}" for notes in trainings.values()}
glue("matched_target", ", ".join(targets) or "(open)", display=False)
glue("matched_images", ", ".join(f"{n:,}" for n in images) or "(open)", display=False)
made.style.format({"test top-1": "{:.2%}", "lr": "{:g}", "weight_decay": "{:g}"}, na_rep="default").hide()

# %% [markdown]
# One training a row: its recipe (`epochs` is the length of the learning-rate cycle that it did not finish), the steps
# that it took and the images that it saw in them, of which CIFAR-10 has 50,000 to train on, and the top-1 of its
# stored weights on all test images. Networks with three trainings or more are drawn: a point is the mean over the
# seeds, and a bar reaches from the smallest to the largest.


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-spectra", "caption": "**Relative log-amplitude, matched networks.** Along the half diagonal, from shallow (dark) to deep (light) layers; mean over seeds."}, "image": {"alt": "Line plots, one panel per network: log-amplitude relative to DC falls with radial frequency, one line per layer."}}
if matched_tables["spectra"]:
    draw_layers({name: pd.concat(ts) for name, ts in matched_tables["spectra"].items()})


# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-steps", "caption": "**What a step does to high frequencies, matched networks.** Change of the relative log-amplitude of $r \\ge 0.5$ from before a step to after it; mean and range over seeds."}, "image": {"alt": "One panel per network: the change of high-frequency log-amplitude over relative depth, one line per kind of step."}}
def mean_and_range(tables, keys, *values):
    """The mean over seeds of some columns, with the smallest and the largest in the place of an interval."""
    rows = pd.concat(tables)
    wanted = {"depth": ("depth", "mean")}
    for value in values:
        wanted |= {value: (value, "mean"), f"{value}_low": (value, "min"), f"{value}_high": (value, "max")}
    return rows.groupby(keys, sort=False, as_index=False).agg(**wanted)


if matched_tables["steps"]:
    draw_steps(
        {name: mean_and_range(tables, ["block", "step"], "change") for name, tables in matched_tables["steps"].items()}
    )

# %% tags=["hide-input"]
way = ["raise", "lower"]
each = [
    pushes({name: tables[i] for name, tables in matched_tables["steps"].items() if len(tables) > i}).assign(seed=i)
    for i in range(max(map(len, by_model.values()), default=0))
]
sides = ["steps", *way, *(f"{name}, from the lowest ring" for name in way)]
seen = pd.concat([pd.DataFrame(columns=["network", "step", *sides]), *each])
grouped = seen.groupby(["network", "step"], sort=False)
counts = grouped[sides].agg(lambda values: " ".join(map(str, values)))
counts.assign(steps=grouped["steps"].first()).reset_index().style.hide()

# %% [markdown]
# How many steps of each kind clearly raise or lower the high frequencies, one number per seed. Against DC, Park and
# Kim's picture is there in the vision transformers: attention lowers them in most blocks, the MLP raises them in most
# (but for some seeds of the one with a class token), and of the convolutional blocks more raise than lower them. From
# the lowest ring, where DC plays no part, little of it is left, and no common rule: beside a class token attention
# raises them in more steps than it lowers them, and the MLP the other way round; without one attention does the one
# about as often as the other, and the MLP raises them; ConvNeXt's blocks lower them. In the mixer both steps lower
# them against DC more often than they raise them, its MLP too. **Against the mean of a map, attention lowers high
# frequencies, and MLP and convolution raise them; among the frequencies of a map the answer depends on the network.**

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-isolate", "caption": "**Is one band enough? Matched networks.** Top-1 accuracy with only one band kept at one layer; mean over seeds."}, "image": {"alt": "Heat maps of top-1 accuracy, one per network: layers downward, bands to the right."}}


def over_trainings(tables):
    """The mean over seeds of what the heat maps of a sweep show."""
    keys = [c for c in ("mode", "fill", "layer", "band", "status", "depth", "band_low") if c in tables[0]]
    return pd.concat(tables).groupby(keys, sort=False, dropna=False)[["top1", "d_top1"]].mean().reset_index()


over_all = {name: over_trainings(tables) for name, tables in matched_tables["bands"].items()}
if over_all:
    maps(over_all, "isolate", "top1")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-remove", "caption": "**Is one band needed? Matched networks.** Change of top-1 accuracy, in points, with one band removed at one layer; mean over seeds."}, "image": {"alt": "Heat maps of the change of top-1 accuracy, one per network: layers downward, bands to the right."}}
if over_all:
    maps(over_all, "remove", "d_top1")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-centroids", "caption": "**Centroid over depth, matched networks.** Mean frequency of the maps' energy without DC, the same for maps whose places are shuffled, and for the maps of the same networks with random weights; mean and range over seeds (of random weights, over one to five draws)."}, "image": {"alt": "One panel per network: the centroid in cycles per image over relative depth, the dashed line of shuffled maps and the line of the untrained networks."}}


def middles(tables):
    """The mean over seeds of every network's centroids."""
    return {name: mean_and_range(ts, "layer", "centroid", "null") for name, ts in tables.items() if ts}


if matched_tables["collapse"]:
    draw_centroids(middles(matched_tables["collapse"]), middles(fresh_draws))

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-indices", "caption": "**Invariance index over depth, matched networks.** Mean and range over seeds."}, "image": {"alt": "Two panels of lines over relative depth, one line per network: the plain and the size-matched invariance index."}}
seeded = {name: [invariance(table) for table in tables] for name, tables in matched_tables["bands"].items()}
if seeded:
    draw_indices({name: mean_and_range(tables, "layer", "invariance", "matched") for name, tables in seeded.items()})

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-02-matched-nothing", "caption": "**What remains without the map, matched networks.** Top-1 when a layer's whole map is set to zero; mean and range over seeds."}, "image": {"alt": "Lines over relative depth, one per network: top-1 accuracy without the map."}}
if matched_tables["bands"]:
    keys = ["layer", "band", "fill", "mode"]
    draw_nothing({name: mean_and_range(tables, keys, "top1") for name, tables in matched_tables["bands"].items()})

# %% tags=["hide-input"]
rows = [t.assign(network=name) for name, tables in seeded.items() for t in tables]
levels = pd.concat([pd.DataFrame(columns=["network", "layer", "depth", "invariance", "matched", "headroom"]), *rows])
means = levels.groupby(["network", "layer", "depth"], sort=False)[["invariance", "matched", "headroom"]].mean()
# An index reaches as far as the root mean square of its entries' intervals, 1.96 standard errors.
wide = [t.assign(noise=(t.matched_high - t.matched) / 1.96) for t in seeded.get("cifar:vit", [])]
noise = pd.concat(wide).query("depth > 0.25").groupby("layer").noise.mean() if wide else pd.Series([float("nan")])
glue("noise_02", f"{noise.min():.3f} to {noise.max():.3f}", display=False)
means.reset_index().style.format(precision=3).hide()

# %% [markdown]
# With depth the plain index falls in the ViT and rises in the ResNet. The last figure says why: block by block the
# ViT's class token gathers what it needs, until the map hardly matters, while the others, which average their maps at
# the end, are at chance without them. What is even by that index is less the use of frequencies than the need of a
# map. The size-matched index, by which the claim is judged, takes that off. It falls toward the end of the ViT, too,
# but also of the mixer, which has no class token and whose headroom is all that chance leaves throughout; so even use
# in the last blocks is no mark of attention.
#
# The ViT that averages its tokens (*vit-mean*) tells attention from class token. Its plain index rises with depth
# like the ResNet's: what makes the other ViT's fall is the token. By the size-matched index it lies about as low as
# the other (both not far above what sampling alone gives, {glue:text}`noise_02`), at the full headroom; clearly below
# the ResNet's at {glue:text}`mean_clear` depths (the last table of this chapter). That index is without DC, for which
# no random frequencies can stand in, and which alone tells more than any other band of the last blocks.
#
# For each seed the claims are put as above. The unit is now the training, with Student's interval over the seeds;
# with fewer than five of them a verdict needs all on one side and a mean of more than five standard deviations. First
# C2, here for every kind of network and not corrected for their number: the slope of the centroid beyond that of its
# null, in cycles per image, and beside it `within_grid`, the slope among layers of the same grid of the logarithm of
# their ratio.

# %% tags=["hide-input"]
windows = {"none": "collapse", "hann": "collapse-hann"}
sinking = pd.DataFrame(
    [
        {"network": name, "window": window, **claims.collapses(table)}
        for window, part in windows.items()
        for name, tables in matched_tables[part].items()
        for table in tables
    ],
    columns=["network", "window", "estimate", *READINGS],
)
by_slope = claims.over_seeds_of(sinking, ["network", "window"], below=0)
within = claims.over_seeds_of(sinking.assign(estimate=sinking.within_grid), ["network", "window"], below=0)
by_slope = by_slope.assign(**{"within_grid": within.estimate, "within_grid verdict": within.verdict})
seeds_told = by_slope[["network", "window", "seeds"]].assign(**{"estimate [95 %]": written(by_slope, digits=2)})
seeds_told = seeds_told.join(by_slope[["verdict", "within_grid", "within_grid verdict"]])
seeds_told.style.format(precision=2).hide()

# %% [markdown]
# Then C4: is each network more even than the ResNet of the same seed at every depth beyond 0.25, and is its slope
# closer to 0?

# %% tags=["hide-input"]
convolutional = "cifar:resnet20"


def against(part, compare):
    """What a comparison with the ResNet of the same seed gives, for every other network and seed."""
    theirs = of_seeds(part, convolutional)
    pairs = [(name, of_seeds(part, name)) for name in by_model if name != convolutional]
    both = [(name, seed, tables[seed], theirs[seed]) for name, tables in pairs for seed in tables if seed in theirs]
    return [pd.DataFrame(compare(*two)).assign(network=name, seed=seed) for name, seed, *two in both]


keys = ["network", "index", "layer"]
rows = against("bands", claims.more_even)
by_mean = against("bands-mean", lambda *tables: claims.more_even(*tables, fill="mean"))
few = {(t.network.iloc[0], t.seed.iloc[0]) for t in by_mean}  # not every seed has been measured with the mean
same = [t for t in rows if (t.network.iloc[0], t.seed.iloc[0]) in few]
for name, tables in {"mean fill": by_mean, "same seeds": same}.items():
    rows += [t[t["index"] == "size-matched"].assign(index=f"size-matched, {name}") for t in tables]
for name, (part, slope) in {
    "slope of C2": ("collapse", "beyond"),
    "slope of C2, random weights": ("collapse-untrained", "beyond"),
    "slope within grids": ("collapse", "within_grid"),
}.items():
    found = against(part, lambda *t, slope=slope: [claims.collapses_less(*t, slope=slope)])
    rows += [t.assign(index=name, layer="all") for t in found]
rows = pd.concat([pd.DataFrame(columns=[*keys, "estimate", "other"]), *rows])
by_depth = claims.over_seeds_of(rows, keys, below=0)
# One depth is enough to refute the claim, and for that its interval has to hold together with the others'.
depths = int(by_depth.groupby(keys[:2]).size().max()) if len(by_depth) else 1
surely = claims.over_seeds_of(rows, keys, below=0, comparisons=depths).verdict == "not reproduced"
kept_open = (by_depth.verdict == "not reproduced") & ~surely
by_depth = by_depth.assign(verdict=by_depth.verdict.mask(kept_open, "inconclusive"))
tallied = counted(by_depth, ["network", "index"])
vit, met = by_depth[by_depth.network == "cifar:vit"], {}
slope_rule = vit[vit["index"] == "slope of C2"].verdict.tolist()
joined = {}
for index in ("size-matched", "plain", "size-matched, mean fill", "size-matched, same seeds"):
    own = [*vit[vit["index"] == index].verdict, *slope_rule]
    joined[index] = claims.together(own) if len(own) > len(slope_rule) else "still to be computed"
for name, model in {"C4_matched": "cifar:vit", "mean": "cifar:vit-mean"}.items():
    row = tallied[(tallied.network == model) & (tallied["index"] == "size-matched")]
    for column in ("favour", "clear", "reversed"):
        share = f"{row[column].item()} of {row.depths.item()}" if len(row) else "(open)"
        glue(f"{name}_{column}", share, display=False)
        met |= {f"{name}_{column}": share}
seeds = f"{len(by_model.get('cifar:vit', []))} seeds of small networks at {', '.join(targets)} % top-1"
told = "index smaller at {C4_matched_favour} depths, clearly at {C4_matched_clear}, clearly larger at {C4_matched_reversed}"
told = f"{seeds}: {told.format(**met)}"
closer, before = (
    ", ".join(vit[vit["index"] == index].verdict) or "(open)"
    for index in ("slope of C2", "slope of C2, random weights")
)
few_seeds = len({seed for name, seed in few if name == "cifar:vit"})
beside = (
    f"by the index that is not size-matched: {joined['plain']}; with the mean in place of zeros, {few_seeds} seeds: "
)
beside += f"{joined['size-matched, mean fill']}; slope of C2 closer to 0: {closer}, with random weights, too: {before}"
glue("verdict_C4", joined["size-matched"], display=False)
glue("C4_plain", joined["plain"], display=False)
glue("C4_mean", joined["size-matched, mean fill"], display=False)
glue("C4_those", joined["size-matched, same seeds"], display=False)
glue("C4_mean_seeds", few_seeds, display=False)
odd = vit[(vit["index"] == "size-matched") & (vit.verdict == "not reproduced")].layer
pairs = rows[(rows.network == "cifar:vit") & rows.layer.isin(odd)].groupby("layer", sort=False).other.first()
alone = over_all.get(convolutional, pd.DataFrame(columns=["layer", "mode", "band", "band_low", "top1"]))
alone = alone[alone.layer.isin(pairs) & (alone["mode"] == "isolate") & (alone.band != "nothing") & (alone.band_low > 0)]
glue("C4_odd", ", ".join(f"{a} against {b}" for a, b in pairs.items()) or "none", display=False)
glue("C4_odd_top1", f"{100 * alone.top1.max():.1f}" if len(alone) else "(open)", display=False)
glue("C4_slope_fresh", before, display=False)
rest = vit[(vit["index"] == "size-matched") & ~vit.layer.isin(odd)].verdict
without_odd = claims.together([*rest, *slope_rule]) if len(rest) else "still to be computed"
glue("C4_without_odd", without_odd, display=False)
near_chance = f" (there the ResNet is near chance with any band but DC, {100 * alone.top1.max():.1f} % at most)"
told += near_chance if len(alone) else ""
glue("found_C4", f"{told}; the ResNets after {seen_by_resnets} images", display=False)
beside = f"without the depths where it is larger: {without_odd}; {beside}"
glue("beside_C4", f"{beside}; unmatched, ViT-Tiny against SqueezeNet: {c4}", display=False)
shown = tallied.network.isin(["cifar:vit", "cifar:vit-mean"])
tallied[shown].rename(columns=COUNTED).style.hide()

# %% [markdown]
# At how many of the depths beyond 0.25 (or for the one slope) the network's index is smaller than the ResNet's on
# average over seeds, clearly smaller, and clearly larger. The claim asks for all depths of the size-matched index and
# for the slope. The ViT is more even than the ResNet at {glue:text}`C4_matched_favour` depths,
# {glue:text}`C4_matched_clear` clearly, and clearly less even at {glue:text}`C4_matched_reversed` (by intervals that
# are simultaneous over the depths). **C4: {glue:text}`verdict_C4`** (the unmatched pair above: {glue:text}`C4_rule`).
#
# Three caveats. The verdict rests on those depths where the ViT is less even ({glue:text}`C4_odd`; by the plain index
# C4 would be {glue:text}`C4_plain`), and a low index is no merit: at these depths no band but DC takes the ResNet
# beyond {glue:text}`C4_odd_top1` % top-1 (chance is 10), which also counts as even; without them C4 would be
# {glue:text}`C4_without_odd`. The slope of C2 is closer to 0 in networks with random weights as well
# ({glue:text}`C4_slope_fresh`): like C2's rule it reflects grids that shrink and not what was learned; `slope within
# grids` compares the slopes that no stride enters. And what is removed is set to zero: with the mean in its place the
# index was measured for {glue:text}`C4_mean_seeds` seeds, by which C4 would be {glue:text}`C4_mean` with the mean and
# {glue:text}`C4_those` with zeros.
#
# ## Limits
#
# - The matched networks are small and were stopped early, on the images on which they are compared; the public ones
#   differ in size, accuracy and training too.
# - A slope is one number. Where the centroid falls and rises again, look at the curve.
# - The invariance index is small too where no band alone does anything, and where the network does without the map:
#   read it beside the heat maps and the headroom.
# - A standard deviation of numbers that are known up to sampling is above 0 even where all bands are alike: the
#   size-matched index of the matched ViT would be {glue:text}`noise_02` then, by depth. Small indices are too large,
#   which works against the network that is more even.
# - Indices and maps here are with zero fill; where C4 is judged, the index with the mean stands beside it.
# - Relative depth counts weighted layers; it is one of several ways to line up different networks.
#
# ## Try it yourself
#
# ```bash
# freqlib spectrum --model vit_tiny_patch16_224 --weights pretrained --dataset imagenet-val --limit 200 --along diagonal
# freqlib run 02_architecture -p models '["resnet18", "vit_base_patch16_224"]' -p weights '["pretrained", "pretrained"]' -p dataset imagenet-val
# ```
