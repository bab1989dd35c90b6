"""Comparison: two sets of vectors in one space, and what differs between them."""
