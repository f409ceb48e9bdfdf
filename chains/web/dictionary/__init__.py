"""词典: the operator's pages of the dictionary. Nobody else finds them."""
