"""Command lines: flags from dataclasses, errors as sentences, scripts."""
