"""The figures that chapters share."""

from freqlib.report.plots.figures import plot_cells, plot_heatmap, plot_spectra
from freqlib.report.plots.forest import draw_intervals
from freqlib.report.plots.heat import draw_frequencies, draw_heat
from freqlib.report.plots.panels import panels
