import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from freqlib.report.plots.forest import APART, draw_intervals


@pytest.fixture
def rows():
    return pd.DataFrame({"estimate": [0.1, -0.2, 0.3], "low": [0.0, -0.5, 0.2], "high": [0.3, -0.1, 0.6]})


def test_intervals_lie_where_their_numbers_say(rows):
    ax = draw_intervals({"one": rows, "two": rows + 1}, ["a", "b", "c"], plt.figure().add_subplot(), times=100)
    first, second = ax.containers
    for bars, shift, start in ((first, -APART / 2, 0), (second, APART / 2, 100)):
        segments = np.array(bars.lines[2][0].get_segments())
        assert np.allclose(segments[:, :, 0] - start, 100 * rows[["low", "high"]])
        assert np.allclose(segments[:, :, 1], np.arange(3)[:, None] + shift)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_ylim() == (2.5, -0.5)  # downward


def test_marks_are_filled_unless_a_row_is_not_solid(rows):
    ax = draw_intervals({"one": rows.assign(solid=[True, False, True])}, list("abc"), plt.figure().add_subplot())
    (hollow, filled) = (line for line in ax.lines if line.get_marker() == "o")
    assert hollow.get_markerfacecolor() == "white"
    assert filled.get_xdata().tolist() == [0.1, 0.3]
    assert filled.get_markerfacecolor() == hollow.get_color()
