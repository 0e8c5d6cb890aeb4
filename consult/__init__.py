"""The application around the safeguards: sealing, models, services and pages."""
