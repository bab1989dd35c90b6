"""Known corpora: what there is, and how it gets here whole."""
