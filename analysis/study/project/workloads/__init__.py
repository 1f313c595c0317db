"""Ten small pieces of everyday work; each ``prepare`` function gives the function to time."""
