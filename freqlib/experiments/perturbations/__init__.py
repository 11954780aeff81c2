"""What a network makes of changed images: noise, low resolution, Fourier basis images, attacks."""
