"""Changes of trust: a draft of the next version, what it will do, its proposal and its signatures."""
