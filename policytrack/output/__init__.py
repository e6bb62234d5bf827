"""Turns the rows of answers into text, files and spreadsheets: for the command line and for `serve`."""
