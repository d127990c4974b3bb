"""How long patients are followed, and what is read off such times."""
