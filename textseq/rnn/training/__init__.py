"""The one training loop, what it keeps, and when."""
