"""The room of chapter 04-cohort."""
