"""The models, a folder for each family and a file for each paper."""
