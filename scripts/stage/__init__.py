"""The demo's theatre: the cast, the story and the server that plays in it."""
