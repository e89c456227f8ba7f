"""What becomes of recorded exchanges: cassettes, who hears of them, what is left unfinished."""
