"""A data file against its description, in pieces: bytes nobody else can change, read one way, judged cell by cell."""
