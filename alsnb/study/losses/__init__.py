"""What is lost between the files and the features, the cohort and the chapters."""
