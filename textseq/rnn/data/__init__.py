"""From text with its targets to batches: data sets, length buckets, splits, streams."""
