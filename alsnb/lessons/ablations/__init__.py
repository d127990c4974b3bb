"""The room of chapters 27-fewer-features, 28-imputation and 29-alsfrs-r."""
