"""The verdicts on the claims of the ledger, computed from result tables; one file a chapter."""

from freqlib.report.claims.architecture import collapses as collapses
from freqlib.report.claims.architecture import collapses_less as collapses_less
from freqlib.report.claims.architecture import more_even as more_even
from freqlib.report.claims.classifier import richer_head as richer_head
from freqlib.report.claims.dataset import finer_higher as finer_higher
from freqlib.report.claims.dataset import learned as learned
from freqlib.report.claims.layerwise import early_against_late as early_against_late
from freqlib.report.claims.layerwise import early_specificity as early_specificity
from freqlib.report.claims.layerwise import last_stage_removal as last_stage_removal
from freqlib.report.claims.layerwise import low_against_high as low_against_high
from freqlib.report.claims.strategy import changed_by_head as changed_by_head
from freqlib.report.claims.strategy import filters_help as filters_help
from freqlib.report.claims.synthetic import inner_maps as inner_maps
from freqlib.report.claims.synthetic import learned_first as learned_first
from freqlib.report.claims.synthetic import nothing_special as nothing_special
from freqlib.report.claims.synthetic import one_band_less as one_band_less
from freqlib.report.claims.verdicts import anywhere as anywhere
from freqlib.report.claims.verdicts import decide as decide
from freqlib.report.claims.verdicts import largest as largest
from freqlib.report.claims.verdicts import over_seeds as over_seeds
from freqlib.report.claims.verdicts import over_seeds_of as over_seeds_of
from freqlib.report.claims.verdicts import together as together
from freqlib.report.claims.weight_decay import SINCE_FIRST as SINCE_FIRST
from freqlib.report.claims.weight_decay import robust_by_decay as robust_by_decay
from freqlib.report.claims.weight_decay import suppression as suppression
from freqlib.report.claims.weight_decay import three_times as three_times
