"""Reach: the counters, the truth table and whatever is read from them."""
