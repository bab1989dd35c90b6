"""Hash tables over the bytes of words (numba): one that grows, one that is only asked."""
