"""Files: word vectors as others write them.

In the order the data moves: `vector_file.py` (what readers share), a file for each format,
`format_table.py` (which there are), `transforms.py`, `formats.py` (read and write by name or by
content).
"""
