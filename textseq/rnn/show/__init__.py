"""What is shown of a model, and given away."""
