"""Pure drawing: coordinates and limits become numbers for the templates."""
