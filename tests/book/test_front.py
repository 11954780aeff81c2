import re
from pathlib import Path

import front
import pytest

from freqlib.errors import InputError
from freqlib.report.results import load_table

ROOT = Path(__file__).parents[2]


def test_the_readme_holds_the_committed_results_and_no_other_numbers():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert front.with_table(text, "results", front.results_table(ROOT / front.RESULTS)) == text, "run `make readme`"


def test_the_readme_holds_the_verdicts_that_the_chapters_reach(built_book):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    checkout = built_book.parents[1]
    verdicts = front.verdicts_table(checkout / front.LEDGER, checkout / front.NOTEBOOKS)
    assert "open" not in verdicts.split(" | ")
    assert front.with_table(text, "verdicts", verdicts) == text, "run `make book` and `make readme`"


def test_the_first_look_of_the_readme_runs_as_it_stands(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"## A first look\n.*?```python\n(.*?)```", text, re.DOTALL)[1]
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    exec(first.replace("limit=200", "limit=20"), {})
    assert len(load_table("sweep.csv")) > 60
    assert (tmp_path / "isolate.png").stat().st_size > 10_000


def test_every_model_and_data_set_has_its_row():
    rows = front.results_table(ROOT / front.RESULTS).splitlines()[2:]
    tables = [load_table(path) for path in (ROOT / front.RESULTS).glob("*_halves.csv")]
    assert len(rows) == len({(t.model[0], t.dataset[0]) for t in tables}) > 0
    assert all(row.count("|") == 7 for row in rows)


def test_a_readme_without_the_marks_is_refused():
    with pytest.raises(InputError, match="lacks the marks"):
        front.with_table("# freqlib", "results", "")
