"""From files, folders, pipes and tables to text: blocks of bytes, or lines."""
