"""Names of models and metrics, each with what a reader calls it, in the order of the tables."""

import pandas as pd

from alsnb.schema import MODEL

MEAN, CARRIED, EARLY_SLOPE, ONSET, RIDGE = "mean", "carried", "early_slope", "onset", "ridge"
FOREST, BOOSTING, BART = "forest", "boosting", "bart"
ANCHORED, MIXED, D50 = "anchored", "mixed", "d50"
FFNN, CNN, RNN, FFNN_CNN = "ffnn", "cnn", "rnn", "ffnn_cnn"
AVERAGE, STACK, ORACLE = "average", "stack", "oracle"

NETWORKS = (FFNN, CNN, RNN)
"""The networks of Pancotti et al. (2022)."""

MODEL_TITLES = {
    MEAN: "Training mean",
    CARRIED: "Early slope carried forward",
    EARLY_SLOPE: "Line on the early slope",
    ONSET: "Line on log onset delta",
    RIDGE: "Ridge",
    FOREST: "Random forest",
    BOOSTING: "Boosting",
    BART: "BART",
    ANCHORED: "Onset-anchored shrinkage",
    MIXED: "Linear mixed model",
    D50: "D50 curve",
    FFNN: "FFNN",
    CNN: "CNN",
    RNN: "RNN",
    FFNN_CNN: "FFNN+CNN",
    AVERAGE: "Average of seven",
    STACK: "Stack of seven",
    ORACLE: "Oracle",
}
"""What a reader calls each model, in the order of the tables."""

METRIC_TITLES = {
    "mse": "MSE",
    "rmsd": "RMSD",
    "pcc": "PCC",
    "r2": "R²",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "sd_observed": "SD observed",
}
"""What a reader calls each metric, in the order of the tables."""

CLASS_TITLES = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "share_called": "Share called",
}
"""What a reader calls each score of a class, in the order of the tables."""

LOWER_IS_BETTER = ("mse", "rmsd", "log_loss", "brier", "rps")

METRICS = ("rmsd", "pcc", "r2", "sd_observed", "calibration_slope")
"""The scores of Table 2; the paper prints the first two."""

PAIRED = ("rmsd", "pcc", "r2")
"""The scores in which models are compared patient by patient."""


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of :data:`MODEL_TITLES`."""
    places = {model: place for place, model in enumerate(MODEL_TITLES)}
    return frame.sort_values(
        MODEL, key=lambda models: models.map(places), kind="stable", ignore_index=True
    )
