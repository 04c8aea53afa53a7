"""What a change does to a model: two proofs side by side, as tables of words and numbers. Nothing is judged here."""
