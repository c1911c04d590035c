"""Putting text into the window the user was typing in."""
