"""Score predictions: metrics, intervals over patients and predictions out of sample."""
