"""The sequence models: what they have in common, and each of them."""
