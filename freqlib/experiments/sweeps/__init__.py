"""What a network makes of its own maps when bands of them are kept, removed or perturbed."""
