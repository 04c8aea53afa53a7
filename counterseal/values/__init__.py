"""Floor one: plain values that know nothing of this project's documents."""
