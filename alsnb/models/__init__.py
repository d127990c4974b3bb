"""Models: what predicts an outcome from the features of a patient."""
