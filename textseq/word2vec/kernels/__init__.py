"""The kernels: one door, `train_span`, and the plain version beside the fast ones."""
