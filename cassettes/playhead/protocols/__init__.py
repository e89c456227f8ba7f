"""What providers put into events. The only package that may know a provider."""
