"""Echo state networks: reservoirs that stay as they are, and readouts that are solved."""
