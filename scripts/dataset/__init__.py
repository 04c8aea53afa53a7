"""From a file of data to a dataset.yaml that a person corrects: bring it, read it, guess, write down."""
