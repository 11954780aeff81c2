import pytest

from freqlib.report.plots import panels


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (4, 2), (5, 2)])
def test_panels_are_as_many_as_asked_for(count, rows):
    figure, axes = panels(count)
    assert len(axes) == count
    assert len({ax.get_subplotspec().rowspan.start for ax in axes}) == rows
    assert sum(ax.axison for ax in figure.axes) == count
