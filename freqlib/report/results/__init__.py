"""Result tables with where they come from, and how those at scale are made."""

from freqlib.report.results.tables import load_table, save_table
