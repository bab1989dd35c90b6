"""What all pictures share: figures that become files, and fonts for the scripts of their labels.

See `figure.py` and `fonts.py`; what is drawn is the business of the rooms above.
"""
