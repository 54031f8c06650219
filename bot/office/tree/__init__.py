"""Reorganising the tree of areas, and taking it back."""
