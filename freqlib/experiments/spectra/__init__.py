"""What spectra maps, kernels and classes of images have."""
