"""Training: small networks, band-pass filters, and waves fitted by a perceptron."""
