"""Notebooks executed with parameters, and the book built from them."""
