"""The room of chapter 34-longitudinal."""
