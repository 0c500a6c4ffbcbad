"""All that speaks EVM: compiled artifacts, connections, the embedded node, reading, decoding and signing."""
