"""Sequence models in torch: data in batches, recurrent networks, training, decoding."""
