"""Vision: models, their layers seen as grids, and images with labels."""

from freqlib.vision.images.checks import check_fitted, check_range
from freqlib.vision.images.coarse import coarse_groups
from freqlib.vision.images.datasets import load_data
from freqlib.vision.images.images import Images, as_images
from freqlib.vision.images.synthetic import synthetic
from freqlib.vision.images.variants import variant
from freqlib.vision.maps.convolutions import convolutions
from freqlib.vision.maps.layers import Layer, choose_layers, layers
from freqlib.vision.maps.skeleton import evaluating
from freqlib.vision.networks.inputs import as_inputs
from freqlib.vision.networks.models import VisionModel, as_model, load_model
from freqlib.vision.networks.untrained import untrained
