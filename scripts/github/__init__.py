"""What only CI calls."""
