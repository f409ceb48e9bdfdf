"""What must not go live."""
