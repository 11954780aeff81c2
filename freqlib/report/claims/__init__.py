"""The verdicts on the claims of the ledger, computed from result tables; one file a chapter."""

from freqlib.report.claims.architecture import collapses, collapses_less, more_even
from freqlib.report.claims.classifier import against, richer_head
from freqlib.report.claims.dataset import MARGIN, finer_higher, form_costs, learned
from freqlib.report.claims.layerwise import early_against_late, early_specificity, last_stage_removal, low_against_high
from freqlib.report.claims.strategy import changed_by_head, filters_help
from freqlib.report.claims.synthetic import (
    inner_maps,
    late_f1,
    learned_first,
    lost_per_doubling,
    nothing_special,
    one_band_less,
    trained_without,
)
from freqlib.report.claims.verdicts import (
    anywhere,
    decide,
    decided_groups,
    largest,
    over_seeds,
    over_seeds_of,
    together,
)
from freqlib.report.claims.weight_decay import (
    SINCE_FIRST,
    against_none,
    baseline,
    robust_by_decay,
    suppression,
    three_times,
)
from freqlib.report.claims.wording import counted, readable
