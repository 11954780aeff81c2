"""Experiments: interventions on layers, spectra of layers, probes and training."""

from freqlib.experiments.perturbations.attacks import attack
from freqlib.experiments.perturbations.detection import detection
from freqlib.experiments.perturbations.gradient_heatmap import gradient_heatmap
from freqlib.experiments.perturbations.heatmap import fourier_heatmap
from freqlib.experiments.perturbations.robustness import robustness
from freqlib.experiments.probing.layer_probes import probe_layers
from freqlib.experiments.probing.probes import probe
from freqlib.experiments.shortcuts.class_scores import confusion, f1_history, record_f1
from freqlib.experiments.shortcuts.find_shortcuts import find_shortcuts, found_cells, random_cells, without_cells
from freqlib.experiments.shortcuts.shortcut_scores import score_shortcuts
from freqlib.experiments.spectra.adcs import adcs
from freqlib.experiments.spectra.band_separation import band_separation
from freqlib.experiments.spectra.block_steps import block_steps
from freqlib.experiments.spectra.class_spectra import class_spectra
from freqlib.experiments.spectra.collapse import collapse
from freqlib.experiments.spectra.feature_spectra import feature_spectra
from freqlib.experiments.spectra.image_statistics import image_statistics
from freqlib.experiments.spectra.kernel_history import kernel_history, record_kernels
from freqlib.experiments.spectra.kernel_spectra import kernel_spectra
from freqlib.experiments.spectra.learned_kernels import learned_kernels
from freqlib.experiments.spectra.ssr import ssr
from freqlib.experiments.sweeps.invariance import invariance
from freqlib.experiments.sweeps.sweep import sweep
from freqlib.experiments.sweeps.two_classes import two_classes
from freqlib.experiments.training.fit_waves import fit_waves
from freqlib.experiments.training.train import accuracy, train
