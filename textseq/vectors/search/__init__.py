"""Search: the best rows of a table of vectors for questions about cosines.

`search.py` chooses a scan: `float_scan.py` is the plain one, `int8_scan.py` the fast one with its
kernels; `candidates.py` decides by exact scores, so that all give the same answers.
"""
