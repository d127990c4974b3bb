"""The figure of the chapter: estimates with their intervals."""

from alsnb.report.figures import describe_estimates, plot_estimates
