"""What passes the proxy: flows of mitmproxy as exchanges, from their first byte to how they ended."""
