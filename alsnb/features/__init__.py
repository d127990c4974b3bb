"""Turn visits and summaries into one row of predictors per patient, learning nothing."""
