"""The layers that models are made of, and the search through what they predict."""
