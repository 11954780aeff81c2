"""Signal: frequencies, bands, filters and spectra of real maps. Pure tensors; knows no model and no data set."""

from freqlib.signal.bands import Bands
from freqlib.signal.coefficients import band_coefficients, band_power, fourier_crop
from freqlib.signal.controls import CONTROLS, random_orbits, same_energy, same_norm, shuffled
from freqlib.signal.filters import Band, isolate, remove, split
from freqlib.signal.fourier_basis import fourier_wave, frequency_pairs
from freqlib.signal.fourier_image import fourier_image
from freqlib.signal.frequencies import orbits, radius
from freqlib.signal.gaussian import gaussian_high_pass, gaussian_low_pass
from freqlib.signal.kernels import kernel_profile
from freqlib.signal.noise import perturb, scaled_to, white_noise
from freqlib.signal.spectra import SpectrumMeter
from freqlib.signal.transform import real_basis, transform
