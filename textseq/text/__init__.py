"""From files to ids: reading, cleaning, cutting into tokens, counting, encoding."""
