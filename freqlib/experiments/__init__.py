"""Experiments: interventions on layers, spectra of layers, probes and training."""

from freqlib.experiments.adcs import adcs
from freqlib.experiments.attacks import attack
from freqlib.experiments.band_separation import band_separation
from freqlib.experiments.block_steps import block_steps
from freqlib.experiments.class_scores import confusion, f1_history, record_f1
from freqlib.experiments.class_spectra import class_spectra
from freqlib.experiments.collapse import collapse
from freqlib.experiments.detection import detection
from freqlib.experiments.fit_waves import fit_waves
from freqlib.experiments.gradient_heatmap import gradient_heatmap
from freqlib.experiments.heatmap import fourier_heatmap
from freqlib.experiments.image_statistics import image_statistics
from freqlib.experiments.invariance import invariance
from freqlib.experiments.kernel_history import kernel_history, record_kernels
from freqlib.experiments.kernel_spectra import kernel_spectra
from freqlib.experiments.layer_probes import probe_layers
from freqlib.experiments.learned_kernels import learned_kernels
from freqlib.experiments.probes import probe
from freqlib.experiments.robustness import robustness
from freqlib.experiments.shortcut_scores import score_shortcuts
from freqlib.experiments.shortcuts import find_shortcuts, found_cells, random_cells, without_cells
from freqlib.experiments.spectra import feature_spectra
from freqlib.experiments.ssr import ssr
from freqlib.experiments.sweep import sweep
from freqlib.experiments.training import accuracy, train
from freqlib.experiments.two_classes import two_classes
