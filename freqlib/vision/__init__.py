"""Vision: models, their layers seen as grids, and images with labels."""

from freqlib.vision.coarse import coarse_groups as coarse_groups
from freqlib.vision.convolutions import convolutions as convolutions
from freqlib.vision.datasets import load_data as load_data
from freqlib.vision.fingerprint import fingerprint as fingerprint
from freqlib.vision.images import Images as Images
from freqlib.vision.images import as_images as as_images
from freqlib.vision.layers import Layer as Layer
from freqlib.vision.layers import choose_layers as choose_layers
from freqlib.vision.layers import layers as layers
from freqlib.vision.models import VisionModel as VisionModel
from freqlib.vision.models import as_model as as_model
from freqlib.vision.models import load_model as load_model
from freqlib.vision.synthetic import synthetic as synthetic
from freqlib.vision.untrained import untrained as untrained
from freqlib.vision.variants import variant as variant
