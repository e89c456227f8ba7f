"""What the app does, a module for each idea. Each part knows the stage that it stands on, and few others."""
