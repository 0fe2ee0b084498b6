"""Figures of a run, one per file: `draw(run)` gives a matplotlib Figure, `save(run, path)` writes it."""
