"""One pass over a corpus: from blocks of bytes to counts and ids, fast or plain."""
