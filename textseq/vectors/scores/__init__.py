"""Scores: how well vectors answer questions whose answers are known.

In the order the data moves: files of questions, scores of one set of vectors, a table of several.
"""
