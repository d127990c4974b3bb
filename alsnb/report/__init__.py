"""Draw figures and word tables from frames; nothing here computes or knows a model."""
