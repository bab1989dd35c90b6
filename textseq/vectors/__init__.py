"""Word vectors, however they were made: their questions, their file formats, their scores."""
