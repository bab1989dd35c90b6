"""Training word vectors: draws, kernels for CPU and GPU, and the loop around them."""
