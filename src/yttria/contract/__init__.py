"""Requests and results of each command: keys, units and meaning."""
