"""Households: the roster, one by one, their cards and their links."""
