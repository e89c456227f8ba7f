"""Screens over the viewer: help and palette, the copy menu, all exchanges, the list of sessions."""
