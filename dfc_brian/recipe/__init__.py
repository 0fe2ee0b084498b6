"""Recipes: everything that defines a run, as a checked value."""

from .recipe import Recipe as Recipe
