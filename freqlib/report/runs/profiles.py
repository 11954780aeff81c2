"""Profiles, and the runs that they stand for: a run is one notebook with one set of parameters, a study a list of runs.

Profiles are files `notebooks/profiles/NAME.yml`. Keyed by notebook, each holds a mapping of parameters, or, for several
runs of one notebook, a list of them with names:

    01_layerwise:
      - run: resnet20
        parameters: {model: "cifar:resnet20"}
      - run: resnet56
        parameters: {model: "cifar:resnet56"}
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml

from freqlib.errors import InputError, one_of
from freqlib.report.results.provenance import PACKAGE
from freqlib.report.runs.parameters import check, parse, read_parameters

PROFILES = Path("notebooks/profiles")  # below the root of a checkout


@dataclass(frozen=True)
class Run:
    """One notebook with one set of parameters.

    Args:
        name: different for every run of a study; the name of the executed notebook.
        source: the notebook, a percent-format script.
        root: the checkout that it belongs to, in which it runs.
        parameters: those that differ from the notebook's own.
        profile: from which they come.

    Example:
        >>> Run("01_layerwise", Path("notebooks/01_layerwise.py"), Path(".")).parameters
        {}
    """

    name: str
    source: Path
    root: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    profile: str = "default"


def checkout(start: Path | None = None) -> Path:
    """Return the checkout whose notebooks are meant.

    Args:
        start: a folder in it, by default the current one; else the one that the package lies in is taken.

    Returns:
        The folder that holds pyproject.toml and notebooks/.

    Raises:
        InputError: there is none.

    Example:
        >>> (checkout() / "notebooks").is_dir()  # doctest: +SKIP
        True
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, PACKAGE.parent):
        if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir():
            return folder
    raise InputError(f"{start} lies in no checkout of the project with its notebooks/; clone it and go there.")


def list_notebooks(root: Path) -> list[str]:
    """Return the names of a checkout's notebooks.

    Args:
        root: of the checkout.

    Returns:
        The names of notebooks/*.py without their ending, sorted.

    Example:
        >>> list_notebooks(Path("nowhere"))
        []
    """
    return sorted(path.stem for path in (root / "notebooks").glob("*.py"))


def load_notebook(path: Path) -> nbformat.NotebookNode:
    """Return the notebook that a percent-format script holds.

    Args:
        path: of the script.

    Returns:
        The notebook, without outputs.

    Raises:
        InputError: a file that cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "one.py"
        ...     _ = path.write_text("# %% [markdown]\\n# # One\\n\\n# %%\\n1 + 1\\n")
        ...     [cell.cell_type for cell in load_notebook(path).cells]
        ['markdown', 'code']
    """
    import jupytext  # here, since it takes long to load

    try:
        return jupytext.read(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a notebook: {error}.") from None


def plan(
    root: Path,
    notebooks: Sequence[str] = (),
    profile: str = "default",
    overrides: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
) -> list[Run]:
    """Return the runs that a command asks for, after checking every parameter of every one.

    Args:
        root: of the checkout.
        notebooks: by name, or by file; by default all that the profile names, or all there are if it names no runs.
        profile: the name of a file in notebooks/profiles.
        overrides: parameters as the command line spells them, for every notebook asked for.
        only: names of runs; the others are left out.

    Returns:
        The runs, in the order of the notebooks.

    Raises:
        InputError: an unknown notebook, profile, run or parameter, or a parameter of the wrong type.

    Example:
        >>> plan(Path("nowhere"))
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: nowhere holds no notebooks/*.py, so there is nothing to run.
    """
    known = list_notebooks(root)
    if not known:
        raise InputError(f"{root} holds no notebooks/*.py, so there is nothing to run.")
    chosen = [one_of(_stem(name), known, "notebook") for name in notebooks]
    studies = load_profile(root, profile)
    # A profile of lists is a set of studies: a notebook that it does not name has none.
    named = [name for name in known if name in studies] if any(isinstance(s, list) for s in studies.values()) else []
    runs = []
    for name in dict.fromkeys(chosen or named or known):
        source = root / "notebooks" / f"{name}.py"
        declared = read_parameters(load_notebook(source), name)
        for run, parameters in _runs(name, studies, bool(named), profile):
            values = check(parameters, declared, name) | parse(overrides or {}, declared, name)
            runs.append(Run(run, source, root, values, profile))
    if not runs:
        raise InputError(f"Profile {profile} names no runs, so there is nothing to run.")
    if not only:
        return runs
    labels = {run.name: (run.name, run.name.removeprefix(f"{run.source.stem}-")) for run in runs}
    for label in only:
        one_of(label, dict.fromkeys(name for both in labels.values() for name in both), f"run of profile {profile}")
    return [run for run in runs if not set(only).isdisjoint(labels[run.name])]


def load_profile(root: Path, profile: str) -> dict[str, Any]:
    """Return a profile.

    Args:
        root: of the checkout.
        profile: the name of a file in notebooks/profiles.

    Returns:
        Notebook to its parameters, or to the list of its named runs.

    Raises:
        InputError: an unknown profile, or a file that has not the form described above.

    Example:
        >>> load_profile(Path("nowhere"), "default")
        {}
    """
    folder = root / PROFILES
    known = sorted(path.stem for path in folder.glob("*.yml"))
    one_of(profile, sorted({"default", *known}), "profile")
    if profile not in known:
        return {}  # every notebook as it stands
    path = folder / f"{profile}.yml"
    try:
        studies = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise InputError(f"{path} is no YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(studies, dict):
        raise InputError(f"{path} holds {studies!r}, but must map notebooks to parameters.")
    for name, study in studies.items():
        one_of(name, list_notebooks(root), f"notebook in {path.name}")
        if not all(_is_run(item) for item in study) if isinstance(study, list) else not isinstance(study, dict):
            raise InputError(
                f"{path} holds {study!r} for {name}, but needs a mapping of parameters or a list of "
                "{run: NAME, parameters: {...}}, where NAME is made of letters, digits, dots, dashes, underscores."
            )
        names = [item["run"] for item in study] if isinstance(study, list) else []
        if len(set(names)) != len(names):
            raise InputError(f"{path} names runs of {name} twice: {', '.join(names)}.")
    return studies


def _runs(
    name: str, studies: Mapping[str, Any], only_studies: bool, profile: str
) -> list[tuple[str, Mapping[str, Any]]]:
    match studies.get(name):
        case list() as study:
            return [(f"{name}-{item['run']}", item.get("parameters") or {}) for item in study]
        case None if only_studies:
            raise InputError(f"Profile {profile} has no runs of {name}; it has runs of {', '.join(studies)}.")
        case parameters:
            return [(name, parameters or {})]


def _is_run(item: Any) -> bool:
    match item:
        case {"run": str(name), **rest} if set(rest) <= {"parameters"} and re.fullmatch(r"[\w.-]+", name):
            return isinstance(rest.get("parameters") or {}, dict)
    return False


def _stem(name: str) -> str:
    """Return the name of a notebook that may be given as a file, such as notebooks/01_layerwise.py."""
    path = Path(name)
    return path.stem if path.suffix in (".py", ".ipynb") else path.name
