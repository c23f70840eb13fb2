"""Readers and writers: the only place that knows files, tags, tables, networks and formats."""
