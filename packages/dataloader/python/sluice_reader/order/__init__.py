"""Orders of windows: the same numbers as the TypeScript package computes, file by file."""
