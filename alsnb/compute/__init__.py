"""How work is done: stored results, their keys, processes, a cluster, progress."""
