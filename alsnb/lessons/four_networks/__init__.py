"""The room of chapter 41-four-networks."""
