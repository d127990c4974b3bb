"""Every training that is stored; it knows numbers and models, and nothing of data or prose."""
