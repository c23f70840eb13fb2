"""Floor 2: the doors, the only place that knows files, tags, tables, networks and formats."""
