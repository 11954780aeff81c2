"""Experiments: interventions on layers, spectra of layers, probes and training."""

from freqlib.experiments.adcs import adcs as adcs
from freqlib.experiments.attacks import attack as attack
from freqlib.experiments.block_steps import block_steps as block_steps
from freqlib.experiments.class_spectra import class_spectra as class_spectra
from freqlib.experiments.collapse import collapse as collapse
from freqlib.experiments.fit_waves import fit_waves as fit_waves
from freqlib.experiments.heatmap import fourier_heatmap as fourier_heatmap
from freqlib.experiments.image_statistics import image_statistics as image_statistics
from freqlib.experiments.invariance import invariance as invariance
from freqlib.experiments.kernel_history import kernel_history as kernel_history
from freqlib.experiments.kernel_history import record_kernels as record_kernels
from freqlib.experiments.kernel_spectra import kernel_spectra as kernel_spectra
from freqlib.experiments.layer_probes import probe_layers as probe_layers
from freqlib.experiments.probes import probe as probe
from freqlib.experiments.robustness import robustness as robustness
from freqlib.experiments.spectra import feature_spectra as feature_spectra
from freqlib.experiments.ssr import ssr as ssr
from freqlib.experiments.sweep import sweep as sweep
from freqlib.experiments.training import accuracy as accuracy
from freqlib.experiments.training import train as train
