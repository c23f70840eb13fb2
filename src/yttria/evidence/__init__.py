"""Survival and dose-response statistics: what many patients say."""
