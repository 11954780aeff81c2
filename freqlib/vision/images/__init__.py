"""Images with labels: read from disk, cut from photographs, made by a recipe, and changed."""
