"""The hall: knows the order of the rooms, computes nothing."""
