"""What the commands ask of each task: its files read, its predictions written out."""
