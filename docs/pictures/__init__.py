"""Drawings of this project, made by `python docs/pictures`."""
