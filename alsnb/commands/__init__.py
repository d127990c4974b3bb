"""Commands for people with files: check a release, export a cohort, write a twin."""
