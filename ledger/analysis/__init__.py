"""Pure and bulk: back-test and vectorised scoring."""
