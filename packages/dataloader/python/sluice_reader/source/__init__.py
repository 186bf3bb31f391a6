"""Windows of a dataset on disk: the manifest, parts and tables."""
