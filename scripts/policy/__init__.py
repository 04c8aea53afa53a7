"""What is done with the policies themselves, before any model is judged by them."""
