"""Signal: frequencies, bands, filters and spectra of real maps. Pure tensors; knows no model and no data set."""

from freqlib.signal.bands import Bands as Bands
from freqlib.signal.coefficients import band_coefficients as band_coefficients
from freqlib.signal.coefficients import band_power as band_power
from freqlib.signal.coefficients import fourier_crop as fourier_crop
from freqlib.signal.controls import CONTROLS as CONTROLS
from freqlib.signal.controls import random_orbits as random_orbits
from freqlib.signal.controls import same_energy as same_energy
from freqlib.signal.controls import same_norm as same_norm
from freqlib.signal.filters import Band as Band
from freqlib.signal.filters import isolate as isolate
from freqlib.signal.filters import remove as remove
from freqlib.signal.filters import split as split
from freqlib.signal.fourier_basis import fourier_wave as fourier_wave
from freqlib.signal.fourier_basis import frequency_pairs as frequency_pairs
from freqlib.signal.fourier_image import fourier_image as fourier_image
from freqlib.signal.frequencies import orbits as orbits
from freqlib.signal.frequencies import radius as radius
from freqlib.signal.gaussian import gaussian_high_pass as gaussian_high_pass
from freqlib.signal.gaussian import gaussian_low_pass as gaussian_low_pass
from freqlib.signal.kernels import kernel_profile as kernel_profile
from freqlib.signal.noise import perturb as perturb
from freqlib.signal.noise import scaled_to as scaled_to
from freqlib.signal.noise import white_noise as white_noise
from freqlib.signal.spectra import SpectrumMeter as SpectrumMeter
from freqlib.signal.transform import real_basis as real_basis
from freqlib.signal.transform import transform as transform
