"""Draw the scores of the models of repeated visits."""

from alsnb.report.figures import describe_estimates, plot_estimates
from alsnb.report.scores import label_rows
