"""From a described dataset to the spec of a first model that a person completes."""
