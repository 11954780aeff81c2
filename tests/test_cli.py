"""The command line: answers on standard output, one sentence on refusals, and the exit codes of the contract."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import freqlib
from freqlib import atomic
from freqlib import signal as filters
from freqlib.cli import heatmap as cli_heatmap
from freqlib.cli import interventions, listings, main, options
from freqlib.cli import spectra as cli_spectra
from freqlib.cli.main import build_parser
from freqlib.errors import InputError
from freqlib.report.results import load_table
from freqlib.signal import Bands

COMMANDS = ("intervene", "sweep", "spectrum", "kernels", "heatmap", "layers", "data", "run", "build")
ONE = ["intervene", "--model", "resnet18", "--layer", "layer4", "--band", "low", "--mode", "remove"]
ONE += ["--dataset", "imagenet-val"]
MANY = ["sweep", "--model", "resnet18", "--dataset", "imagenet-val"]
TINY = Path(__file__).parent / "report" / "fixtures" / "tiny.py"


def words(line: str) -> list[str]:
    """The arguments of a command line without quotes."""
    return line.split()


@pytest.fixture
def calls(monkeypatch) -> dict[str, dict]:
    """Replace the work by its record: what the command line asks the package for."""
    seen: dict[str, dict] = {}

    def load_model(name: str, **settings: object) -> torch.nn.Module:
        seen["model"] = {"name": name, **settings}
        return freqlib.vision.VisionModel(torch.nn.Identity(), num_classes=2)

    def load_data(name: str, **settings: object) -> tuple[torch.Tensor, torch.Tensor]:
        seen["train" if settings["split"] == "train" else "data"] = {"name": name, **settings}
        print("downloading")  # as a library may
        return freqlib.vision.Images(torch.zeros(2, 1, 4, 4), torch.arange(2))

    def sweep(model: object, images: object, layers, bands, modes, **settings: object) -> pd.DataFrame:
        seen["sweep"] = {"layers": layers, "bands": bands, "modes": modes, **settings}
        rows = [("none", "none", np.nan)] + [
            (mode, band, high)
            for mode in modes
            for band, high in zip((*bands.names, "nothing"), (*bands.edges[1:], np.nan), strict=True)
        ]
        table = pd.DataFrame(rows, columns=["mode", "band", "band_high"])
        return table.assign(n=8, top1=0.5, top1_low=0.25, top1_high=0.75)

    def feature_spectra(model: object, images: object, layers: object, along: str) -> pd.DataFrame:
        seen["spectra"] = {"layers": layers, "along": along}
        table = {"layer": ["a", "a"], "radius_nyquist": [0.0, 0.5], "relative_log_amplitude": [0.0, -1.0]}
        return pd.DataFrame(table)

    for function in (load_model, load_data, sweep, feature_spectra):
        monkeypatch.setattr(freqlib, function.__name__, function, raising=False)
    return seen


# Speed and form


def test_help_and_import_need_no_torch() -> None:
    code = "import sys, freqlib.cli as c; c.main(['data', '-x']); print({'torch', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(command: str, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--json" in text
    example = text.partition("example: freqlib ")[2].split()
    assert example[0] == command
    assert build_parser().parse_args(example).command is not None


def test_choices_are_those_of_the_package() -> None:
    from freqlib.experiments.evaluation import edits
    from freqlib.experiments.perturbations import heatmap
    from freqlib.signal import spectra

    assert interventions.MODES == edits.MODES
    assert interventions.FILLS == edits.FILLS
    assert interventions.CONTROLS == filters.CONTROLS
    assert cli_spectra.PATHS == spectra.PATHS
    assert cli_heatmap.PHASES == heatmap.PHASES
    for head in interventions.HEADS:
        assert f'"{head}"' in (freqlib.sweep.__doc__ or "")


# Refusals


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "are required: COMMAND"),
        (["swep"], "invalid choice: 'swep' (choose from"),
        (ONE[:-2], "are required: --dataset"),
        ([*MANY, "--limit", "few"], "argument --limit: invalid int value: 'few'"),
        ([*MANY, "--modes", "isolate,erase"], "Unknown mode 'erase'; choose one of: isolate, remove, perturb"),
        ([*MANY, "--fill", "noise"], "Unknown fill 'noise'; choose one of: zero, mean"),
        ([*MANY, "--controls", "phase"], "Unknown control 'phase'; choose one of: orbits, energy, norm"),
        ([*MANY, "--bands", "five"], "bands is 'five', but must be seven, four, or edges"),
        ([*MANY, "--bands", "0,0.5,0.3,inf"], "must increase"),
        ([*MANY, "--memory", "lots"], "memory is 'lots'"),
        ([*MANY, "--out", "table.txt"], "must end in .csv"),
        ([*MANY[:2], "resnt18", "--dataset", "cifar10"], "Unknown model 'resnt18'; did you mean: resnet18"),
        ([*ONE, "--band", "lowest"], "Unknown band 'lowest'; choose one of: ultra-low, low"),
        ([*ONE, "--mode", "erase"], "argument --mode: invalid choice: 'erase'"),
        (["data", "mnist"], "Unknown data set 'mnist'; choose one of: photo-patches"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence_before_any_work(
    calls: dict, capsys, arguments: list[str], sentence: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert sentence.lower() in captured.err.lower()
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not calls


def test_a_refusal_by_the_package_is_passed_on(calls: dict, capsys, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InputError("Unknown model 'resnet'; did you mean: resnet18.")

    monkeypatch.setattr(freqlib, "load_model", refuse)
    assert main(MANY) == 2
    assert "freqlib: Unknown model 'resnet'; did you mean: resnet18.\n" in capsys.readouterr().err


def test_what_nobody_has_foreseen_is_not_hidden(calls: dict, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(freqlib, "sweep", fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        main([*MANY, "--weights", "pretrained"])


def test_an_interrupt_ends_with_130(calls: dict, capsys, monkeypatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(freqlib, "sweep", interrupt)
    assert main(MANY) == 130
    assert "nterrupted" in capsys.readouterr().err


# Experiments


def test_intervene_spends_passes_on_one_band_and_shows_its_rows(calls: dict, capsys) -> None:
    arguments = ["--weights", "pretrained", "--limit", "100", "--fill", "zero,mean", "--strength", "0.5", "--seed", "3"]
    assert main([*ONE, *arguments, "--json"]) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert [(row["mode"], row["band"]) for row in rows] == [("none", "none"), ("remove", "low"), ("remove", "nothing")]
    assert "downloading" in captured.err  # and not in the JSON
    bands = calls["sweep"]["bands"]
    assert bands.edges == (0, 0.05, 0.15, float("inf"))
    assert bands.names[1] == "low"
    assert torch.equal(bands.mask(9, 8, "low"), Bands.seven().mask(9, 8, "low"))
    assert calls["sweep"]["layers"] == ["layer4"]
    assert calls["sweep"]["modes"] == ["remove"]
    assert calls["sweep"]["fill"] == ["zero", "mean"]
    assert calls["sweep"]["strength"] == 0.5
    assert calls["sweep"]["head"] == "model"
    assert calls["sweep"]["train"] is None
    assert calls["model"].pop("name") == "resnet18"
    assert calls["model"].pop("weights") == "pretrained"
    assert set(calls["model"].values()) == {None}
    assert calls["data"]["name"] == "imagenet-val"
    assert calls["data"]["limit"] == 100
    assert calls["data"]["seed"] == calls["sweep"]["seed"] == 3


@pytest.mark.parametrize("name", Bands.seven().names)
def test_a_band_alone_has_the_cells_it_had_among_all(name: str) -> None:
    alone = interventions._alone(Bands.seven(), name)
    assert len(alone) <= 3
    assert torch.equal(alone.mask(32, 33, name), Bands.seven().mask(32, 33, name))


def test_an_untrained_model_is_pointed_out(calls: dict, capsys) -> None:
    assert main(MANY) == 0
    assert "resnet18 is untrained" in capsys.readouterr().err


def test_a_table_for_people_shows_intervals_and_no_column_of_one_value(calls: dict, capsys) -> None:
    assert main(ONE) == 0
    head, names, *rows = capsys.readouterr().out.splitlines()
    assert head == "n: 8"  # what was measured stays in the table, even where all rows agree
    assert names.split() == ["mode", "band", "band_high", "top1"]
    assert rows[1].split() == ["remove", "low", "0.150", "0.500", "[0.250,", "0.750]"]


def test_sweep_asks_for_all_and_writes_the_table_with_its_provenance(calls: dict, capsys, tmp_path: Path) -> None:
    out = tmp_path / "new" / "sweep.csv"
    arguments = ["--out", str(out), "--resume", "a.partial", "--layers", "layer1,layer2", "--bands", "0,0.3,inf"]
    assert main([*MANY, *arguments, "--memory", "2GiB", "--autocast", "bfloat16", "--device", "cpu", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    table = load_table(out)
    assert len(rows) == len(table) == 1 + 3 * 3
    assert table.band[3] == "nothing"
    assert rows[2]["band_high"] is None  # JSON knows no infinity
    record = table.attrs["provenance"]
    assert record["parameters"]["model"] == "resnet18"
    assert record["parameters"]["bands"] == "0,0.3,inf"
    assert (record["seeds"], record["precision"]) == ([0], "bfloat16")
    assert calls["sweep"]["layers"] == ["layer1", "layer2"]
    assert calls["sweep"]["modes"] == ["isolate", "remove", "perturb"]
    assert calls["sweep"]["memory"] == 2 * 2**30
    assert calls["sweep"]["resume"] == "a.partial"
    assert calls["model"]["device"] == "cpu"
    assert calls["sweep"]["controls"] == ["orbits"]


def test_a_linear_head_is_fitted_on_the_whole_training_split_or_as_much_as_is_asked(calls: dict) -> None:
    assert main([*MANY, "--head", "linear", "--limit", "10"]) == 0
    assert calls["sweep"]["head"] == "linear"
    assert calls["sweep"]["train"] is not None
    assert calls["train"]["limit"] is None
    assert calls["data"]["limit"] == 10
    assert main([*MANY, "--head", "linear", "--limit", "10", "--fit", "500"]) == 0
    assert calls["train"]["limit"] == 500
    assert calls["data"]["limit"] == 10


@pytest.mark.parametrize("wrong", [["--fit", "5"], ["--head", "linear", "--fit", "0"]])
def test_a_number_of_training_images_goes_with_the_head_that_is_fitted(calls: dict, capsys, wrong: list[str]) -> None:
    assert main([*MANY, *wrong]) == 2
    assert "must be 1 or more, and goes with --head linear" in capsys.readouterr().err


def test_spectrum_asks_for_the_spectra_of_layers(calls: dict, capsys, tmp_path: Path) -> None:
    arguments = ["spectrum", "--model", "cifar:resnet20", "--dataset", "photo-patches", "--layers", "layer1"]
    assert main([*arguments, "--out", str(tmp_path / "a.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[1] == {
        "layer": "a",
        "radius_nyquist": 0.5,
        "relative_log_amplitude": -1.0,
    }
    assert calls["spectra"] == {"layers": ["layer1"], "along": "rings"}
    assert load_table(tmp_path / "a.csv").layer.tolist() == ["a", "a"]


def test_heatmap_of_a_model_is_one_line_and_draws(capsys, tmp_path: Path) -> None:
    line = "heatmap --model cifar:resnet20 --num-classes 12 --in-chans 1 --dataset photo-patches --limit 12 --lowest 3"
    assert main(words(f"{line} --layers layer3 --json --figure {tmp_path / 'a.png'} --out {tmp_path / 'a.csv'}")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["layer"], row["ky"], row["kx"]) for row in rows[:2]] == [("output", 0, 0), ("output", 0, 1)]
    assert {row["layer"] for row in rows} == {"output", "layer3"}
    assert len(load_table(tmp_path / "a.csv")) == len(rows) == 2 * 9
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert main(words(f"{line} --figure map.bmp")) == 2


def test_spectrum_per_class_needs_no_model(capsys, tmp_path: Path) -> None:
    figure = tmp_path / "classes.png"
    assert main(words(f"spectrum --dataset photo-patches --per-class --limit 40 --json --figure {figure}")) == 0
    rows = json.loads(capsys.readouterr().out)
    data = freqlib.load_data("photo-patches", limit=40)
    assert {row["class"] for row in rows} == {data.classes[label] for label in data.labels}
    assert figure.read_bytes()[:4] == b"\x89PNG"
    assert main(words("spectrum --dataset photo-patches --per-class --along diagonal")) == 2
    assert "the spectra are on rings" in capsys.readouterr().err
    assert main(words("spectrum --dataset photo-patches --per-class --weights none.pth")) == 2
    assert "leave the options of a model out" in capsys.readouterr().err
    for both_or_none in ("", "--model cifar:resnet20 --per-class"):
        assert main(words(f"spectrum --dataset photo-patches {both_or_none}")) == 2
        assert "Name either --model" in capsys.readouterr().err


def test_kernels_of_a_model_need_no_data(capsys, tmp_path: Path) -> None:
    out = tmp_path / "kernels.csv"
    assert main(words(f"kernels --model cifar:resnet20 --fold-bn --json --out {out}")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["cells"] for row in rows[:3]] == [1, 4, 4]
    assert {row["layer"] for row in rows} == {*load_table(out).layer}
    assert len(rows) == 19 * 3
    assert main(words("kernels --model cifar:resnet20 --seed 99999999999999999999")) == 2


def test_spectrum_of_a_model_is_one_line_and_draws(calls: dict, capsys, tmp_path: Path) -> None:
    figure = tmp_path / "spectrum.png"
    assert main(words(f"spectrum --model resnet18 --along diagonal --figure {figure}")) == 0
    assert calls["data"]["name"] == "photo-patches-rgb"
    assert calls["data"]["limit"] == 100
    assert calls["spectra"] == {"layers": None, "along": "diagonal"}
    assert figure.read_bytes().startswith(b"\x89PNG")
    calls.clear()
    assert main(words("spectrum --model resnet18 --figure spectrum.bmp")) == 2
    assert "'spectrum.bmp', but must end in .png, .pdf, .svg" in capsys.readouterr().err
    assert not calls  # refused before any work


@pytest.mark.parametrize(("text", "number"), [("800MB", 8e8), ("2 GiB", 2**31), ("1.5k", 1500), ("10", 10), ("7b", 7)])
def test_memory_is_spelled_with_units(text: str, number: float) -> None:
    assert options.parse_memory(text) == number


def test_one_band_alone_gives_the_rows_of_the_sweep_of_all(capsys, tmp_path: Path) -> None:
    model = words("--model cifar:resnet20 --in-chans 1 --num-classes 12")
    shared = [*model, *words("--dataset photo-patches --limit 24 --bands four --json")]
    out = tmp_path / "sweep.csv"
    many = ["--layers", "layer2.2,layer3", "--modes", "isolate,remove", "--out", str(out)]
    assert main(["sweep", *shared, *many]) == 0
    every = json.loads(capsys.readouterr().out)
    assert len(every) == 1 + 2 * (1 + 2 * 4)
    assert load_table(out).status.tolist() == [row["status"] for row in every]
    assert main(["intervene", *shared, *words("--layer layer2.2 --band low --mode remove")]) == 0
    rows = json.loads(capsys.readouterr().out)
    chosen = [("none", "all", "none"), ("layer2.2", "low", "remove")]
    wanted = [row for row in every if (row["layer"], row["band"], row["mode"]) in chosen]
    assert len(rows) == len(wanted) == 2
    for row, same in zip(rows, wanted, strict=True):
        assert row == pytest.approx(same, abs=1e-4)  # control included: its draws go by the band's name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "cifar:resnet21", "--layer", "layer3"], "Unknown cifar model 'resnet21'; choose one of: resnet8"),
        (["--model", "cifar:resnet20", "--in-chans", "1", "--layer", "layer9"], "'layer9'"),
        (["--model", "cifar:resnet20", "--layer", "layer3"], "The images have 1 channel, but cifar:resnet20 takes 3"),
        (["--model", "cifar:resnet20", "--weights", "nowhere.pth", "--layer", "layer3"], "nowhere.pth"),
    ],
)
def test_models_and_layers_are_refused_in_one_sentence(capsys, arguments: list[str], sentence: str) -> None:
    shared = words("intervene --dataset photo-patches --limit 12 --band low --mode remove")
    assert main([*shared, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err.splitlines()[-1]
    assert "Traceback" not in captured.err


# Listings


def test_layers_of_a_model(capsys) -> None:
    assert main(["layers", "cifar:resnet8", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows if row["default"]] == ["layer1", "layer2", "layer3"]
    assert [(row["height"], row["channels"]) for row in rows if row["kind"] == "stage"] == [(32, 16), (16, 32), (8, 64)]
    assert main(["layers", "cifar:resnet8"]) == 0
    assert "layer2" in capsys.readouterr().out
    assert main(["layers", "resnt18"]) == 2
    assert "did you mean: resnet18" in capsys.readouterr().err


def test_data_says_what_is_here_and_how_to_get_the_rest(capsys, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FREQLIB_DATA", str(tmp_path))
    assert main(["data", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["photo-patches"]["here"] is True
    assert rows["cifar10"]["here"] is False
    assert main(["data"]) == 0
    text = capsys.readouterr().out
    assert str(tmp_path) in text
    assert rows["cifar10"]["how"] in text
    assert main(["data", "cifar10"]) == 0
    assert "photo-patches" not in capsys.readouterr().out
    assert listings.list_data.__doc__


# Notebooks, in processes of their own


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one tiny notebook."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    shutil.copy(TINY, tmp_path / "notebooks" / "tiny.py")
    return tmp_path


def freqlib_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "freqlib.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_run_answers_with_json_alone_on_standard_output(checkout: Path) -> None:
    done = freqlib_in(checkout, "run", "tiny", "-p", "number", "6", "-p", "word", "a b", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["run"], row["status"]) == ("tiny", "ok")
    assert row["output"] == str(checkout / ".cache" / "default" / "tiny.ipynb")
    assert "(36, 0.5, 'a b', [])" in Path(row["output"]).read_text()
    assert "1 to run: tiny" in done.stderr


def test_run_says_where_a_notebook_failed_and_where_the_log_is(checkout: Path) -> None:
    done = freqlib_in(checkout, "run", "-p", "flag", "true", "--output", "out")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("freqlib: tiny failed in cell [3]: ValueError: the word was plain (log: ")
    assert "Traceback" not in done.stderr
    assert not (checkout / "out" / "tiny.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tinny"], "Unknown notebook 'tinny'; choose one of: tiny"),
        (["--profile", "fast"], "Unknown profile 'fast'; choose one of: default"),
        (["-p", "numbr", "1"], "no parameter 'numbr'; its parameters are: number: int (what is squared)"),
        (["-p", "number", "1e-3"], "is 1e-3, but must be int; its parameters are: number: int (what is squared)"),
        (["-p", "number", "1", "-p", "number", "2"], "set more than once"),
        (["--only", "one"], "Unknown run of profile default 'one'"),
        (["--jobs", "0"], "jobs is 0"),
        (["--timeout", "-1"], "timeout is -1"),
    ],
)
def test_run_refuses_before_anything_runs(
    checkout: Path, capsys, monkeypatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(checkout)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["run", *arguments]) == 2
    signal.signal(signal.SIGTERM, before)
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert not (checkout / ".cache").exists()


def test_build_without_a_book_is_refused(checkout: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(checkout)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["build"]) == 2
    signal.signal(signal.SIGTERM, before)
    assert "no book to build" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_ends_with_130_and_leaves_good_outputs_and_no_process(checkout: Path, name: str) -> None:
    good = checkout / "out" / "tiny.ipynb"
    good.parent.mkdir()
    good.write_text("good")
    with open(checkout / "notebooks" / "tiny.py", "a") as file:
        file.write("\n# %%\nPath('pid').write_text(str(os.getpid()))\ntime.sleep(300)\n")
    command = [sys.executable, "-m", "freqlib.cli", "run", "tiny", "--output", "out"]
    with subprocess.Popen(command, cwd=checkout, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        pid, limit = checkout / "pid", time.monotonic() + 90
        while not (pid.exists() and pid.read_text()):
            assert process.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.1)
        if name == "SIGINT":
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: to the command and its workers
        else:
            process.terminate()
        error = process.communicate(timeout=60)[1]
    assert process.returncode == 130, error
    assert error.splitlines()[-1] == ("freqlib: Interrupted; what had finished is kept, and what --resume names.")
    assert "Traceback" not in error
    assert good.read_text() == "good"
    assert [path.name for path in good.parent.iterdir()] == ["tiny.ipynb"]
    assert not list((checkout / ".cache").glob("stop-*"))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_options_are_known_by_their_whole_name_alone(capsys) -> None:
    assert main([*MANY, "--layer", "layer4"]) == 2
    assert "nrecognized arguments: --layer layer4" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--figure", "--resume"])
def test_a_folder_that_takes_no_files_is_refused_before_any_work(calls: dict, monkeypatch, capsys, option: str) -> None:
    def refuse(**_: object) -> None:  # as a folder without the right to write; root has it everywhere
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic.tempfile, "TemporaryFile", refuse)
    name = "a.csv" if option == "--out" else "a.png"
    assert main(["heatmap", "--model", "resnet18", "--dataset", "imagenet-val", option, name]) == 2
    assert f"{name} cannot be written (Permission denied); name another file." in capsys.readouterr().err
    assert not calls


@pytest.mark.parametrize("option", ["--figure", "--resume"])
def test_files_that_cannot_be_written_are_refused_before_any_work(calls: dict, tmp_path, capsys, option: str) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["heatmap", "--model", "resnet18", "--dataset", "imagenet-val"]
    for path in (tmp_path / "folder.png", tmp_path / "file" / "a.png"):
        (tmp_path / "folder.png").mkdir(exist_ok=True)
        assert main([*arguments, option, str(path)]) == 2
        assert "in the way" in capsys.readouterr().err
    assert not calls


def test_other_outputs_than_classes_are_pointed_out(calls: dict, monkeypatch, capsys) -> None:
    assert main(MANY) == 0
    assert "outputs and" not in capsys.readouterr().err
    model = freqlib.vision.VisionModel(torch.nn.Identity(), num_classes=1000)
    monkeypatch.setattr(freqlib, "load_model", lambda name, **settings: model)
    assert main(MANY) == 0
    assert "resnet18 has 1000 outputs and images 2 classes; --outputs names" in capsys.readouterr().err


def test_a_number_of_lowest_frequencies_that_does_not_fit_is_refused(capsys) -> None:
    arguments = ["heatmap", "--model", "cifar:resnet8", "--dataset", "photo-patches", "--limit", "5"]
    assert main([*arguments, "--in-chans", "1", "--lowest", "4"]) == 2
    assert (
        "The lowest 4 x 4 frequencies are asked for, but that number must be odd and from 1 to 32"
        in capsys.readouterr().err
    )


def test_a_set_without_a_training_split_is_refused_for_the_head_that_needs_it(calls: dict, monkeypatch, capsys) -> None:
    def load_data(name: str, split: str, **settings: object) -> freqlib.vision.Images:
        if split == "train":
            raise InputError("Unknown split 'train'; choose one of: val.")
        return freqlib.vision.Images(torch.zeros(2, 1, 4, 4), torch.arange(2))

    monkeypatch.setattr(freqlib, "load_data", load_data)
    assert main([*MANY, "--split", "val", "--head", "linear"]) == 2
    assert "The linear head is fitted on split train. Unknown split 'train'" in capsys.readouterr().err
