"""Vision: models, their layers seen as grids, and images with labels."""

from freqlib.vision.coarse import coarse_groups
from freqlib.vision.convolutions import convolutions
from freqlib.vision.datasets import load_data
from freqlib.vision.images import Images, as_images
from freqlib.vision.inputs import as_inputs, check_fitted, check_range
from freqlib.vision.layers import Layer, choose_layers, layers
from freqlib.vision.models import VisionModel, as_model, load_model
from freqlib.vision.skeleton import evaluating
from freqlib.vision.synthetic import synthetic
from freqlib.vision.untrained import untrained
from freqlib.vision.variants import variant
