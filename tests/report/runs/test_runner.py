"""Notebooks executed for real: what succeeds reaches its place whole, and nothing else does."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from freqlib.errors import InputError
from freqlib.report.runs.cache import content_hash
from freqlib.report.runs.execution import Task, run_one
from freqlib.report.runs.profiles import plan
from freqlib.report.runs.runner import open_executor, run_all, run_notebooks


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch) -> Path:
    """The folder for temporary files, to see what is left there; short, since sockets go there."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.parametrize("jobs", [1, 2])
def test_workers_end_with_their_parent_however_it_ends(jobs, tmp_path):
    """A worker that waits for work holds what its parent printed to, and who reads that would wait for ever."""
    code = (
        "import os, signal, time\n"
        "from freqlib.report.runs import runner\n"
        "if __name__ == '__main__':\n"
        f"    with runner.open_executor({jobs}) as pool:\n"
        "        list(pool.map(abs, range(4)))\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "parent.py").write_text(code)
    done = subprocess.run([sys.executable, "parent.py"], cwd=tmp_path, capture_output=True, timeout=60)  # to its end
    assert done.returncode == -signal.SIGKILL


def outputs(path: Path) -> str:
    notebook = nbformat.read(path, as_version=4)
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def write(root: Path, name: str, code: str) -> None:
    (root / "notebooks" / f"{name}.py").write_text(
        f"# %% tags=['parameters']\nn: int = 1  # a number\n\n# %%\n{code}\n"
    )


def test_a_run_uses_this_interpreter_its_parameters_and_the_checkout_as_folder(
    root: Path, temporary: Path, monkeypatch
) -> None:
    # A kernel that the user has installed under the usual name must not be taken instead.
    spec = root / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["false"], "display_name": "wrong", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(root / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(root / "jupyter"))

    runs = plan(root, ["tiny"], overrides={"number": "7", "layers": "a,b", "marker": "square.txt"})
    (outcome,) = run_notebooks(runs, root / "out")

    assert (outcome.run, outcome.status, outcome.message) == ("tiny", "ok", "")
    assert outcome.output == str(root / "out" / "tiny.ipynb")
    assert (root / "square.txt").read_text() == "49"  # a relative path counts from the checkout
    notebook = nbformat.read(outcome.output, as_version=4)
    assert "(49, 0.5, 'plain', ['a', 'b'])" in outputs(Path(outcome.output))
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    assert [t for t in tags if t] == [["parameters"], ["injected-parameters", "hide-input"]]
    assert notebook.metadata.papermill.input_path == "notebooks/tiny.py"
    assert notebook.metadata.papermill.duration > 0
    assert notebook.metadata.freqlib.content == content_hash(runs[0])
    assert "torch" in notebook.metadata.freqlib.versions
    assert list((root / "out").iterdir()) == [root / "out" / "tiny.ipynb"]
    assert list(temporary.iterdir()) == []


def test_many_at_once_get_one_thread_each_and_a_failure_stops_none_of_them(root: Path, monkeypatch) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    write(root, "broken", "raise RuntimeError('no\\nluck')")
    write(root, "strict", "from freqlib.errors import InputError\nraise InputError('Unknown layer.')")
    write(root, "dying", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    runs = plan(root, ["broken", "strict", "dying"]) + plan(root, profile="full")
    found = {outcome.run: outcome for outcome in run_notebooks(runs, root / "out", jobs=2)}

    assert [found[r.name].status for r in runs] == ["failed", "refused", "failed", "ok", "ok"]
    assert found["broken"].message == "broken failed in cell [2]: RuntimeError: no luck"
    assert found["strict"].message == "strict was refused in cell [2]: Unknown layer."
    assert "its kernel died" in found["dying"].message
    assert "RuntimeError" in Path(found["broken"].log).read_text()
    assert sorted(path.name for path in (root / "out").iterdir()) == ["tiny-four.ipynb", "tiny-three.ipynb"]
    assert sorted(path.stem for path in (root / ".cache" / "failed").iterdir()) == ["broken", "dying", "strict"]
    text = outputs(root / "out" / "tiny-four.ipynb")
    assert "(16, " in text
    assert "threads 1" in text


def test_a_failed_run_leaves_the_last_good_output(root: Path) -> None:
    good = root / "out" / "tiny.ipynb"
    good.parent.mkdir()
    good.write_text("good")
    (outcome,) = run_notebooks(plan(root, ["tiny"], overrides={"flag": "true", "word": "plume"}), good.parent)
    assert outcome.status == "failed"
    assert "ValueError: the word was plume" in outcome.message
    assert good.read_text() == "good"
    assert "the word was plume" in Path(outcome.output).read_text()
    assert Path(outcome.output).parent == root / ".cache" / "failed"


def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started(root: Path, temporary: Path) -> None:
    good = root / "out" / "slow.ipynb"
    good.parent.mkdir()
    good.write_text("good")
    code = ["import subprocess", "child = subprocess.Popen(['sleep', '300'])", "open('pid', 'w').write(str(child.pid))"]
    write(root, "slow", "\n".join([*code, "child.wait()"]))
    (outcome,) = run_notebooks(plan(root, ["slow"]), good.parent, timeout=6)
    assert outcome.status == "timed out"
    assert outcome.message == "slow took longer than its limit of 6 seconds and was ended."
    assert outcome.seconds < 30
    assert good.read_text() == "good"
    assert not _runs(int((root / "pid").read_text()))
    assert list(temporary.iterdir()) == []


def test_a_hang_after_the_last_cell_comes_to_an_end(root: Path) -> None:
    write(root, "hanging", "import atexit, time\n_ = atexit.register(time.sleep, 300)")
    (outcome,) = run_notebooks(plan(root, ["hanging"]), root / "out", timeout=60)
    assert outcome.seconds < 60


def test_the_same_notebook_twice_at_once_gives_one_whole_output(root: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        studies = [
            pool.submit(run_notebooks, plan(root, ["tiny"], overrides={"number": str(n)}), root / "out") for n in (8, 9)
        ]
    assert [study.result()[0].status for study in studies] == ["ok", "ok"]
    text = outputs(root / "out" / "tiny.ipynb")
    assert ("(64, " in text) != ("(81, " in text)
    assert list((root / "out").iterdir()) == [root / "out" / "tiny.ipynb"]


class Deadly(Task):
    """A task that ends the process in which it arrives."""

    def __reduce__(self) -> tuple:
        return os._exit, (3,)


def test_a_worker_that_dies_is_a_failed_run(root: Path) -> None:
    (run,) = plan(root, ["tiny"])
    with open_executor() as executor:
        (outcome,) = run_all([Deadly(run, root / "out.ipynb", root / "stop", 60.0)], executor)
    assert outcome.status == "failed"
    assert "the process that ran it died" in outcome.message


def test_a_stop_file_ends_what_runs_and_what_has_not_begun(root: Path) -> None:
    write(root, "waiting", "open('begun', 'w').close()\nimport time\ntime.sleep(300)")
    runs = plan(root, ["waiting", "tiny"])
    tasks = [Task(run, root / "out" / f"{run.name}.ipynb", root / "stop", 120.0) for run in runs]
    with ThreadPoolExecutor(1) as executor:
        ended = [executor.submit(run_one, task) for task in tasks]
        while not (root / "begun").exists():
            assert not ended[0].done()
            time.sleep(0.05)
        (root / "stop").touch()
        outcomes = [future.result(60) for future in ended]
    assert [outcome.status for outcome in outcomes] == ["interrupted", "interrupted"]
    assert [outcome.message for outcome in outcomes] == ["waiting was interrupted.", "tiny was not begun."]
    assert not (root / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"jobs": 0}, "jobs is 0"), ({"timeout": 0.0}, "timeout is 0"), ({"timeout": float("nan")}, "timeout is nan")],
)
def test_limits_that_make_no_sense_are_refused(root: Path, arguments: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        run_notebooks(plan(root, ["tiny"]), root / "out", **arguments)


def test_runs_go_through_a_dask_cluster(root: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="left out: the cluster, without dask.distributed")
    with distributed.LocalCluster(1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        outcomes = run_notebooks(plan(root, profile="full"), root / "out", scheduler=cluster.scheduler_address)
    assert [outcome.status for outcome in outcomes] == ["ok", "ok"]
    assert "(9, " in outputs(root / "out" / "tiny-three.ipynb")


def test_a_cluster_that_does_not_answer_is_refused(monkeypatch) -> None:
    pytest.importorskip("distributed", reason="left out: the cluster, without dask.distributed")
    monkeypatch.setattr("freqlib.report.runs.runner.SCHEDULER_SECONDS", 0.5)
    with (
        pytest.raises(InputError, match="No Dask scheduler answers at tcp://127"),
        open_executor(1, "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_cluster_without_dask_is_refused(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'freqlib\[cluster\]'"), open_executor(1, "tcp://127.0.0.1:1"):
        pass


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(") ")[1][:1]
    except FileNotFoundError:
        return False
