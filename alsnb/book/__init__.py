"""Execute chapters, unpack what they show, compare runs, and print the book."""
