"""The room of the chapter ``33-other-worlds``."""
