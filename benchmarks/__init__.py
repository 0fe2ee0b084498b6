"""Speed of the training step against the floor and the alternatives: ``python -m benchmarks``; ``benchmarks.gpu``."""
