"""What lies behind the proxy: the servers' URLs, proxies on the way to them, and what cannot be reached."""
