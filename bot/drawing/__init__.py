"""Pictures of figures: bars and curves, as PNG and SVG."""
