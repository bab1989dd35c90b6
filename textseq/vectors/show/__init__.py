"""Word vectors as pictures: in two dimensions, as a heat map, as a page to explore.

In the order the data moves: `neighbour_graph.py`, `projection.py`, `word_map.py`, then
`map_picture.py` and `heat_map.py` for paper, `clusters.py` and `explorer.py` for a browser.
"""
