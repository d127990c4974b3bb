"""Read a release of the PRO-ACT database as it is downloaded."""
