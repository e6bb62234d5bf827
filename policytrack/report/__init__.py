"""The report: one HTML file with two date sliders, whose figures the browser computes from steps and spans."""
