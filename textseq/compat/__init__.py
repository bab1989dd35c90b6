"""Compat: the names and the behaviour of other libraries, over what textseq has."""
