"""What the chapters of the book compute beyond the library: a room for each of them."""
