"""How a network is run and judged: forward passes with edits of its maps, precision, memory, outcomes, intervals."""
