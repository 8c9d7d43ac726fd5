"""What the product can do, beside what its machine could: `make bench`."""
