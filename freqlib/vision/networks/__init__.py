"""Networks that take images in [0, 1], whatever they were trained with."""
