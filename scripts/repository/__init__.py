"""A repository as the commands see it: its commits and proposals, changes made as objects, the working tree."""
