"""The project's own networks: their recipes, their checkpoints, and which a notebook compares."""
