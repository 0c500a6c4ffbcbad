"""The S City scenario, played through the same road that everybody uses."""
