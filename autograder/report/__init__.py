"""The pages and tables people look at."""
