"""Figures of the baselines: those that every table of scores has."""

from alsnb.report.figures import describe_estimates, plot_estimates
