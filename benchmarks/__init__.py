"""What speed and cost are measured with."""
