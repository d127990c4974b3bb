"""Draw a simulated twin of PRO-ACT: its files, its mess, and the truth behind both."""
