"""Services, and the command line over them."""
