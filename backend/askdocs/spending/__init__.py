"""What may be spent on models: budgets that all processes keep together, and questions asked too often."""
