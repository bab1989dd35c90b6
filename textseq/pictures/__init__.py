"""What all pictures share: figures that become files, fonts for labels, and room for them.

See `figure.py`, `fonts.py` and `labels.py`; what is drawn is the business of the rooms above.
"""
