"""From sequences of any length to rows of one length: ids, one-hot, dense."""
