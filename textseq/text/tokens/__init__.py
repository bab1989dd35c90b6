"""From a line to its tokens: words, characters, subwords, morphemes."""
