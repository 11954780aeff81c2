"""The computed tables of the book."""

import ast
import doctest
from pathlib import Path

import nbformat
import pages
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from myst_nb import glue

from freqlib.errors import InputError
from freqlib.report.results import save_table

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LEDGER = """id,claim,source,statistic,chapter
C1,rely on low,S0,a > 0,01
C2,sink | fall,S1,b > 0,02
C3,rise | fall,S1,c > 0,01
"""


def rows(table: str) -> list[list[str]]:
    """The cells of a Markdown table without its head."""
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in table.splitlines()[2:]]


@pytest.fixture
def book(tmp_path):
    """A book with one executed notebook and a ledger of two claims."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "claims.csv").write_text(LEDGER)
    run = {"parameters": {"model": "a|b", "n": 3}, "duration": 61.4, "end_time": "2026-01-02T03:04:05+00:00"}
    stamp = {"commit": "0123456789-dirty", "versions": {"torch": "2.15.0", "six": "1"}}
    stamp["hardware"] = {"cpu": "Some CPU", "cores": 2, "gpu": None}
    notebook = nbformat.v4.new_notebook(metadata={"papermill": run, "freqlib": stamp})
    told = {"verdict_C1": "reproduced", "found_C1": "3 [1, 5] points", "beside_C1": "by zeros 1 [-1, 3]"}
    notebook.cells = [glued(name, text) for name, text in told.items()]
    (tmp_path / "book" / "notebooks").mkdir(parents=True)
    nbformat.write(notebook, tmp_path / "book" / "notebooks" / "01_layerwise.ipynb")
    return tmp_path / "book"


def glued(name: str, value: object) -> nbformat.NotebookNode:
    """A cell with the output that `myst_nb.glue(name, value, display=False)` leaves."""
    InteractiveShell.instance()  # glue formats its value with it
    with capture_output() as captured:
        glue(name, value, display=False)
    InteractiveShell.clear_instance()
    [output] = captured.outputs
    stored = nbformat.v4.new_output("display_data", data=output.data, metadata=output.metadata)
    return nbformat.v4.new_code_cell(outputs=[stored])


def test_bands_table_counts_the_cells_of_each_map():
    table = rows(pages.bands_table([7, 8]))
    assert [int(row[3]) for row in table] == [1, 0, 4, 4, 12, 8, 20]
    assert [int(row[4]) for row in table] == [1, 0, 4, 4, 12, 16, 27]


def test_execution_table_says_how_a_notebook_was_run(book):
    text = pages.execution_table((book / "notebooks").glob("*.ipynb"))
    table, _, rest = text.partition("\n\n")
    [row] = rows(table)
    assert row == ["[](/notebooks/01_layerwise)", "model = 'a\\|b', n = 3", "1 min 1 s", "2026-01-02", "0123456-dirty"]
    assert rest.strip() == "With Some CPU, 2 cores, torch 2.15.0."


def test_execution_table_invents_nothing(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "01_bare.ipynb")
    [row] = rows(pages.execution_table([tmp_path / "01_bare.ipynb"]))
    assert row[1:] == ["as in the notebook", "unknown", "unknown", "unknown"]


def test_speed_tables_say_what_was_measured_how_and_where(tmp_path):
    (tmp_path / "half.py").write_text(
        '"""Cost of a half.\n\n- *peer*: a whole.\n"""\nraise SystemExit  # not to be run\n'
    )
    save_table(
        pd.DataFrame({"maps": ["a", "b"], "peer / ours": [2.00049, 1234.5]}), tmp_path / "results" / "half.csv", {}
    )
    text = pages.speed_tables(tmp_path)
    assert text.startswith("## Cost of a half\n\n- *peer*: a whole.\n\n| maps | peer / ours |\n")
    assert "| a | 2 |\n| b | 1.23e+03 |\n\nMeasured on 2" in text
    (tmp_path / "results" / "half.csv").write_text("maps,peer / ours\na,3\n")
    with pytest.raises(InputError, match="changed after it was computed"):
        pages.speed_tables(tmp_path)


def test_every_benchmark_says_what_it_measures_and_keeps_its_table():
    for script in sorted(set(BENCHMARKS.glob("*.py")) - {BENCHMARKS / "timing.py"}):
        assert ast.get_docstring(ast.parse(script.read_text())), script
        assert (BENCHMARKS / "results" / f"{script.stem}.csv").is_file(), script


def test_claims_without_a_verdict_are_open_and_only_existing_chapters_are_linked(book):
    pages.write_pages(book)
    first, second, _ = rows((book / "_generated" / "claims.md").read_text())
    found = "3 [1, 5] points<br><small>by zeros 1 [-1, 3]</small>"
    assert first[3:] == ["[reproduced](/notebooks/01_layerwise)", found]
    assert (second[1], second[3], second[4]) == ("sink \\| fall (S1)", "open", "")


def test_a_chapter_stands_beside_its_claims_and_their_verdicts(book):
    pages.write_pages(book)
    first, second = rows((book / "_generated" / "chapters.md").read_text())
    assert first == ["[](/notebooks/01_layerwise)", "rely on low (C1)", "reproduced"]
    assert second == ["", "rise \\| fall (C3)", "open"]


def test_pages_that_would_not_change_are_not_written_again(book):
    before = {path: path.stat().st_mtime_ns for path in pages.write_pages(book)}
    assert before == {path: path.stat().st_mtime_ns for path in pages.write_pages(book)}
    (book.parent / "data" / "claims.csv").write_text(LEDGER.replace("rely on low", "rely on high"))
    pages.write_pages(book)
    assert "rely on high" in (book / "_generated" / "claims.md").read_text()


@pytest.mark.parametrize(("text", "named"), [(None, "claims.csv"), ("id,claim\n", "statistic")])
def test_a_ledger_that_is_missing_or_incomplete_is_refused(book, text, named):
    ledger = book.parent / "data" / "claims.csv"
    ledger.unlink()
    if text is not None:
        ledger.write_text(text)
    with pytest.raises(InputError, match=named):
        pages.write_pages(book)


def test_buttons_need_the_repository_address(monkeypatch):
    monkeypatch.delenv(pages.REPOSITORY, raising=False)
    options = {"repository_url": ""}
    pages.add_repository(options)
    assert options == {"repository_url": ""}
    monkeypatch.setenv(pages.REPOSITORY, "https://example.org/a/b/")
    pages.add_repository(options)
    assert options["repository_url"] == "https://example.org/a/b"
    assert options["launch_buttons"]["binderhub_url"]


def test_the_examples_run():
    result = doctest.testmod(pages)
    assert result.failed == 0 < result.attempted
