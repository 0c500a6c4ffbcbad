"""What is sent and answered: strict shapes with units and examples."""
