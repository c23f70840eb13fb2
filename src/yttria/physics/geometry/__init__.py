"""Structures and images on a grid."""
