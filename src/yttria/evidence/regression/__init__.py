"""Cox regression and what stands on it: diagnostics, selection, subgroups, prediction, dose-response."""
