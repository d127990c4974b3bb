"""A simulated cohort with MRI: its anatomy varies as real anatomy does, and its truth is known."""
