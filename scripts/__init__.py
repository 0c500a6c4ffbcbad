"""Jobs of the project's upkeep: compile, bench, networks. Nothing in here ships."""
