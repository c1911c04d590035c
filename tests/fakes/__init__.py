"""Instruments for tests: scripted parts behind real interfaces."""
