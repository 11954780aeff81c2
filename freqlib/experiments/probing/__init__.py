"""What simple classifiers can tell from single bands of a map."""
