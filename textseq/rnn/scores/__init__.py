"""Scores of sequence models: accuracy, span F1, BLEU and chrF, calibration, intervals."""
