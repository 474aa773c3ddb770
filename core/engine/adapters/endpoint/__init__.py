"""OpenAI-compatible servers: asked over HTTP and timed from outside."""
